"""IAM-OnDB: lines get their own texts, lists name the splits, nothing crosses, what cannot be used is told."""

import pytest

from apps.handwriting import iam
from apps.handwriting.data import load, load_other
from apps.handwriting.preprocess import HandwritingPreprocessor
from common.data.splits import TEST, TRAIN, VALIDATION
from common.errors import UserError
from common.preprocessing.ink import InkSettings


def test_lines_get_the_texts_below_csr_and_lists_name_the_splits(write_iam) -> None:
    found = iam.read(write_iam())
    assert {name: len(part) for name, part in found.parts.items()} == {TRAIN: 4, VALIDATION: 2, TEST: 2}
    assert found.parts[TRAIN].targets[:2] == ["first of a01-000u", "second line"]
    ink = found.parts[TRAIN].inputs[0]
    assert ink[0].tolist()[0] == [1.0, 1.0, 0.0]
    assert ink[1][0, 2] == pytest.approx(0.3, abs=1e-5)


def test_any_other_list_is_a_split_of_its_own_name(write_iam, config) -> None:
    folder = write_iam()
    (folder / "testset_f.txt").write_text("a01-001x\n")
    splits = load(config(data=str(folder)))
    assert list(splits) == [TRAIN, VALIDATION, TEST, "testset_f"]
    assert splits["testset_f"].targets[0] == "first of a01-001x"


def test_the_archives_own_folders_are_found(write_iam, tmp_path) -> None:
    folder = write_iam()
    for name in ("lineStrokes", "ascii"):
        (folder / f"{name}-all").mkdir()
        (folder / name).rename(folder / f"{name}-all" / name)
    assert len(iam.read(folder).parts[TRAIN]) == 4


def test_without_lists_copies_of_one_text_stay_together(write_iam, config) -> None:
    folder = write_iam(lists=False)
    source = iam.read(folder)
    assert source.undivided
    splits = load(config(data=str(folder), test_fraction=0.3, validation_fraction=0.3))
    prompts = [{origin.split("/")[-1][:7] for origin in splits[name].origins} for name in (TRAIN, VALIDATION, TEST)]
    assert not prompts[0] & prompts[1] and not prompts[0] & prompts[2] and not prompts[1] & prompts[2]


def test_a_list_is_found_by_its_own_name_and_by_ours(write_iam, config) -> None:
    folder = write_iam()
    splits = load(config(data=str(folder)))
    assert splits["testset_v"] is splits[VALIDATION]
    assert load_other(
        config(), HandwritingPreprocessor("line", ("a",), InkSettings()), str(folder), "testset_t"
    ).origins
    with pytest.raises(UserError, match=r"expected a split of train, .*testset_t, found 'testset_x'"):
        splits["testset_x"]


def test_lines_without_text_or_ink_are_left_out_and_told(write_iam) -> None:
    folder = write_iam()
    ink = folder / "lineStrokes/a01/a01-000"
    (ink / "a01-000u-03.xml").write_text((ink / "a01-000u-01.xml").read_text())
    (ink / "a01-000u-02.xml").write_text("<Session><StrokeSet><Stroke></Stroke></StrokeSet></Session>")
    found = iam.read(folder)
    assert len(found.parts[TRAIN]) == 3
    assert "1 lines without text left out: a01-000u-03.xml" in found.notes
    assert "1 lines without ink left out: a01-000u-02.xml" in found.notes


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("<Session><StrokeSet><Stroke><Point x='1' y=", r"a01-000u-01\.xml:1: expected well-formed XML"),
        ("<S><Stroke><Point x='1' y='nan' time='0'/></Stroke></S>", r"a01-000u-01\.xml: expected finite coordinates"),
        ("<S><Stroke><Point x='1' time='0'/></Stroke></S>", r"a01-000u-01\.xml: expected points with numbers"),
        (
            '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><S>&b;</S>',
            r"a01-000u-01\.xml: expected XML without entity declarations",
        ),
        ("", r"a01-000u-01\.xml:1: expected well-formed XML"),
    ],
)
def test_bad_ink_is_refused_with_its_file(write_iam, content: str, message: str) -> None:
    folder = write_iam()
    (folder / "lineStrokes/a01/a01-000/a01-000u-01.xml").write_text(content)
    with pytest.raises(UserError, match=message):
        iam.read(folder)


def test_a_list_of_forms_without_ink_and_a_missing_transcription_are_refused(write_iam) -> None:
    folder = write_iam()
    (folder / "trainset.txt").write_text("a01-000u\nz99-999\n")
    with pytest.raises(UserError, match=r"trainset\.txt: expected forms with ink, found 1 without: z99-999"):
        iam.read(folder)
    (folder / "trainset.txt").write_text("a01-000u\n")
    (folder / "ascii/a01/a01-000/a01-000u.txt").unlink()
    with pytest.raises(UserError, match=r"cannot read .*a01-000u\.txt"):
        iam.read(folder)
    (folder / "ascii/a01/a01-000/a01-000u.txt").write_text("OCR:\nx\n")
    with pytest.raises(UserError, match="expected a section `CSR:`"):
        iam.read(folder)


def test_a_text_with_an_unknown_character_can_be_measured(write_iam, config) -> None:
    from apps.handwriting.preprocess import fit_preprocessor

    splits = load(config(data=str(write_iam())))
    preprocessor = fit_preprocessor(config(), splits[TRAIN], (), splits.labels)
    other = load_other(config(), preprocessor, splits.source, "validation")
    assert "b" in other.targets[0] and "b" not in preprocessor.labels
