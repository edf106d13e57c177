"""`python -m benchmarks.verify_kotlin [BUNDLE...]`: the Android project's Kotlin, as far as it goes without Android.

Drops the bundles into a fresh copy of the project, as `unroll export --android` does; compiles the library, its tests
and the sample against the thin stubs of export/android/stubs, warnings being errors; and runs the tests on a JVM: they
replay every bundle's test vectors, and random texts and pictures. The compiler comes from npm (`kotlin-compiler`),
JUnit from Debian, both into .cache/. Needs a JDK 17 or newer, npm and apt-get. Nothing is built into an APK.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

from apps import APPS
from benchmarks.random_documents import picture_vectors, random_text, random_vectors
from common.files import read_json, write_json
from export.android_project import ASSETS, TEMPLATE, VECTORS, drop

CACHE = Path(".cache/lanes/kotlin")
COMPILER, JUNIT = "kotlin-compiler@2.3.21", ("junit4", "libhamcrest-java")
LONGEST_S = 600  # of any one step
RANDOM = 500  # random documents a bundle of texts
_LIBRARIES = ("kotlin-stdlib", "kotlinx-coroutines-core-jvm", "annotations-13.0")
_COMPILER_JARS = ("kotlin-compiler", "kotlin-script-runtime", "kotlin-reflect", *_LIBRARIES)


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """Runs a command, bounded in time; its output where it succeeded, the end of the program with it where not."""
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, timeout=LONGEST_S, text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"{done.stdout[-8000:]}\n{command[0]} failed with status {done.returncode}")
    return done.stdout


def tools() -> tuple[list[Path], list[Path]]:
    """The compiler's folder of jars and JUnit's jars, fetched once."""
    for program in ("java", "javac", "npm", "apt-get", "dpkg-deb"):
        if shutil.which(program) is None:
            sys.exit(f"expected {program} (a JDK 17 or newer, npm, apt-get), found none; install it")
    library, junit = CACHE / "package" / "lib", CACHE / "junit"
    if not library.is_dir():
        run("npm", "pack", "--silent", COMPILER, cwd=CACHE)
        run("tar", "xzf", next(CACHE.glob("kotlin-compiler-*.tgz")).name, cwd=CACHE)
    if not junit.is_dir():
        run("apt-get", "download", *JUNIT, cwd=CACHE)
        for package in CACHE.glob("*.deb"):
            run("dpkg-deb", "-x", package, CACHE / "unpacked")
        (CACHE / "unpacked").rename(junit)
    jars = [junit / "usr/share/java" / name for name in ("junit4.jar", "hamcrest.jar")]
    return [library / f"{name}.jar" for name in _LIBRARIES], jars


def kotlinc(target: Path, classpath: list[Path], *sources: Path, flags: tuple[str, ...] = ()) -> None:
    """Compiles Kotlin sources into a folder; a warning is an error."""
    jars = ":".join(str(CACHE / "package" / "lib" / f"{name}.jar") for name in _COMPILER_JARS)
    command = ["java", "-Xmx2g", "-cp", jars, "org.jetbrains.kotlin.cli.jvm.K2JVMCompiler", "-no-stdlib", "-no-reflect"]
    options = ["-jvm-target", "17", "-Werror", *flags, "-cp", joined(classpath), "-d", target]
    run(*command, *options, *sources)


def joined(paths: list[Path]) -> str:
    """A class path."""
    return ":".join(map(str, paths))


def resources(project: Path) -> str:
    """The class R that Android's build makes of the resources; refuses a reference to what is not there."""
    found: dict[str, set[str]] = {"layout": set(), "id": set(), "string": set(), "color": set(), "style": set()}
    used: list[tuple[str, str]] = []
    main = project / "sample/src/main"
    for file in sorted([*(main / "res").rglob("*.xml"), main / "AndroidManifest.xml"]):
        text, root = file.read_text(encoding="utf-8"), ET.parse(file).getroot()
        if file.parent.name == "layout":
            found["layout"].add(file.stem)
        elif root.tag == "resources":
            for element in root:
                found[element.tag].add(element.get("name", "").replace(".", "_"))
        found["id"].update(re.findall(r"@\+id/(\w+)", text))
        used += [(kind, name.replace(".", "_")) for kind, name in re.findall(r'"@(\w+)/([\w.]+)"', text)]
    if absent := [f"@{kind}/{name}" for kind, name in used if name not in found[kind]]:
        sys.exit(f"expected resources for every reference, found none for {', '.join(absent)}")
    kinds = (
        f"    public static final class {kind} {{\n"
        + "".join(
            f"        public static final int {name} = {number};\n" for number, name in enumerate(sorted(names), 1)
        )
        + "    }\n"
        for kind, names in found.items()
    )
    return f"package dev.unroll.sample;\n\npublic final class R {{\n{''.join(kinds)}}}\n"


def add_random(bundle: Path, project: Path, name: str) -> None:
    """A second copy of a bundle, with random documents and a vocabulary that knows all of them, or random pictures."""
    kind, copy = read_json(bundle / "preprocess.json")["kind"], project / ASSETS / f"{name}_random"
    if kind not in ("text", "words", "ink"):
        return
    shutil.copytree(bundle, copy)
    if kind == "ink":
        vectors = picture_vectors(copy, RANDOM, seed=0)
    else:
        chance = random.Random(0)
        vectors = random_vectors(copy, [random_text(chance) for _ in range(RANDOM)])
    write_json(project / VECTORS / copy.name / "testvectors.json", vectors)


def verify(bundles: list[Path]) -> None:
    """Compiles and tests the project with these bundles in it."""
    CACHE.mkdir(parents=True, exist_ok=True)
    libraries, junit = tools()
    work = CACHE / "work"
    shutil.rmtree(work, ignore_errors=True)
    project, classes = work / "project", {name: work / name for name in ("stubs", "r", "library", "tests", "sample")}
    for bundle in bundles:
        add_random(bundle, project, drop(bundle, project).name)
    source = project / "unroll/src"
    stubs = [*libraries, classes["stubs"]]
    classes["stubs"].mkdir()
    run("javac", "-d", classes["stubs"], "-cp", joined(libraries), *(TEMPLATE / "stubs/java").rglob("*.java"))
    kotlinc(classes["stubs"], stubs, TEMPLATE / "stubs/kotlin", flags=("-nowarn",))
    (work / "R.java").write_text(resources(project), encoding="utf-8")
    run("javac", "-d", classes["r"], work / "R.java")
    kotlinc(classes["library"], stubs, source / "main/kotlin")
    print(f"library: {len(list((source / 'main').rglob('*.kt')))} files compile")
    kotlinc(classes["sample"], [*stubs, classes["r"], classes["library"]], project / "sample/src/main/kotlin")
    print(f"sample: {len(list((project / 'sample/src/main').rglob('*.kt')))} files compile against stubs")
    testing = [CACHE / "package" / "lib" / f"{name}.jar" for name in ("kotlin-test", "kotlin-test-junit")]
    beneath = [*stubs, *testing, *junit, classes["library"]]
    kotlinc(classes["tests"], beneath, source / "test/kotlin", flags=(f"-Xfriend-paths={classes['library']}",))
    tests = sorted(path.relative_to(source / "test/kotlin") for path in (source / "test/kotlin").rglob("*Test.kt"))
    names = [".".join(path.with_suffix("").parts) for path in tests]
    places = [f"-Dunroll.assets={project / ASSETS}", f"-Dunroll.vectors={project / VECTORS}"]
    print(run("java", *places, "-cp", joined([*beneath, classes["tests"]]), "org.junit.runner.JUnitCore", *names))


def sample_bundles() -> list[Path]:
    """Small bundles of every application, trained on the synthetic samples; those that are there are used again."""
    folder = Path(".cache/lanes/bundles")
    for app in APPS:
        if not (folder / app / "manifest.json").is_file():
            print(f"training {app} on its sample", flush=True)
            run(sys.executable, "-m", "apps.sample_bundles", folder, app)
    return [folder / app for app in APPS]


if __name__ == "__main__":
    verify([Path(argument) for argument in sys.argv[1:]] or sample_bundles())
