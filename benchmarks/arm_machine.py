"""An arm64 Python beside this machine's own: Debian's packages unpacked into a folder, run by QEMU; not as root."""

from __future__ import annotations

import hashlib
import platform
import shutil
import sys
import tempfile
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.samples import ROOT
from benchmarks.verify_edge import build_wheel, run

CPU = "cortex-a76"  # of a Raspberry Pi 5
# what the runtime asks before it starts, and crashes without; QEMU would show this machine's own
_CPUINFO = """processor\t: 0
Features\t: fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp
CPU implementer\t: 0x41
CPU architecture: 8
CPU variant\t: 0x4
CPU part\t: 0xd0b
CPU revision\t: 1

"""
# Apt with lists, archives and architecture of its own, and without the hooks of this machine's.
_APT = """#clear APT::Architectures;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
APT::Architecture "{architecture}";
APT::Architectures {{ "{architecture}"; }};
APT::Sandbox::User "root";
Acquire::http::Timeout "60";
Acquire::Languages "none";
Debug::NoLocking "true";
Dir::State "{folder}/state";
Dir::State::status "{folder}/status";
Dir::Cache "{folder}/cache";
"""
_PLATFORMS = ("manylinux_2_28_aarch64", "manylinux_2_27_aarch64", "manylinux2014_aarch64", "manylinux_2_17_aarch64")
_PLUGIN = ROOT / "benchmarks" / "count_instructions.c"


@dataclass(frozen=True)
class Machine:
    """Runs arm64 Python.

    Attributes:
        emulator: QEMU's command.
        python: the arm64 program.
        modules: folders of what can be imported beside the standard library.
        plugin: counts instructions.
    """

    emulator: tuple[str | Path, ...]
    python: Path
    modules: tuple[Path, ...]
    plugin: Path

    def run(self, *arguments: object, flags: tuple[object, ...] = (), text: str | None = None) -> str:
        """What Python prints, given `text`; exits where it fails. `-S`: no package of this machine's own is found."""
        found = ":".join(map(str, self.modules))
        variables = ["-E", f"PYTHONPATH={found}", "-E", "PYTHONHASHSEED=0"]
        return run([*self.emulator, *variables, *flags, self.python, "-S", "-P", *arguments], text=text)

    def count(self, *arguments: object) -> list[int]:
        """Instructions executed so far at each mark of the program."""
        with tempfile.TemporaryDirectory(prefix="unroll-") as name:
            log = Path(name) / "marks"
            self.run(*arguments, flags=("-plugin", self.plugin, "-d", "plugin", "-D", log))
            return [int(line) for line in log.read_text(encoding="ascii").split()]


def make_machine(cache: Path) -> Machine:
    """The machine with the edge distribution of this tree on it; the rest is fetched where it is missing."""
    _check_host()
    host, root = cache / "host", cache / "root"
    _unpack(host, "amd64", "qemu-user")
    _unpack(root, "arm64", "python3", "libstdc++6")
    (root / "proc").mkdir(exist_ok=True)
    (root / "proc" / "cpuinfo").write_text(_CPUINFO, encoding="ascii")
    (python,) = (root / "usr" / "bin").glob("python3.[0-9]*")
    packages = _packages(cache, python.name.removeprefix("python"))
    own = cache / "unroll-edge"
    shutil.rmtree(own, ignore_errors=True)
    with zipfile.ZipFile(build_wheel(cache)) as wheel:
        wheel.extractall(own)
    plugin = cache / "count_instructions.so"
    run(["cc", "-shared", "-fPIC", "-fvisibility=hidden", "-O2", "-Wall", "-Wextra", "-Werror", "-o", plugin, _PLUGIN])
    libraries = host / "lib" / "x86_64-linux-gnu"
    loader = (libraries / "ld-linux-x86-64.so.2", "--library-path", f"{libraries}:{host}/usr/lib/x86_64-linux-gnu")
    # an empty environment: what lies on the stack moves counts by a percent
    emulator = ("env", "-i", *loader, host / "usr" / "bin" / "qemu-aarch64", "-cpu", CPU, "-L", root)
    return Machine(emulator, python, (own, packages), plugin)


def _check_host() -> None:
    system = platform.freedesktop_os_release()
    found = f"{system['ID']} {system.get('VERSION_ID', '')} {platform.machine()}"
    if found != "debian 12 x86_64":
        sys.exit(f"expected debian 12 x86_64 for its QEMU with plugins, found {found}; run it in a container of that")
    for program in ("apt-get", "dpkg-deb", "cc"):
        if shutil.which(program) is None:
            sys.exit(f"expected {program}, found none; install it")


def _unpack(folder: Path, architecture: str, *packages: str) -> None:
    """Debian packages and all that they depend on, from the sources of this machine's apt; their scripts are left."""
    if folder.is_dir():
        return
    apt, unpacked = folder.with_name(f"{folder.name}.apt"), folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unpacked, ignore_errors=True)
    for place in ("state/lists/partial", "cache/archives/partial"):
        (apt / place).mkdir(parents=True, exist_ok=True)
    (apt / "status").touch()
    settings = apt / "apt.conf"
    settings.write_text(_APT.format(architecture=architecture, folder=apt), encoding="utf-8")
    run(["apt-get", "-c", settings, "update"])
    run(["apt-get", "-c", settings, "install", "--yes", "--download-only", "--no-install-recommends", *packages])
    for package in (apt / "cache" / "archives").glob("*.deb"):
        run(["dpkg-deb", "-x", package, unpacked])
    unpacked.rename(folder)


def _packages(cache: Path, version: str) -> Path:
    """What the edge distribution and its extras ask for, arm64, in the versions of constraints.txt."""
    project = tomllib.loads((ROOT / "edge" / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    constraints = ROOT / "constraints.txt"
    extras = [need for name, needs in project["optional-dependencies"].items() if name != "all" for need in needs]
    needs = sorted(project["dependencies"] + extras)
    key = hashlib.sha256("\n".join([version, *needs]).encode() + constraints.read_bytes()).hexdigest()[:12]
    folder, unfinished = cache / f"packages-{key}", cache / "packages.unfinished"
    if not folder.is_dir():
        shutil.rmtree(unfinished, ignore_errors=True)
        fits = [flag for name in _PLATFORMS for flag in ("--platform", name)]
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *fits]
        command += ["--python-version", version, "--only-binary=:all:", "--constraint", constraints]
        run([*command, "--target", unfinished, *needs])
        unfinished.rename(folder)
    return folder
