# Everything a fresh machine needs is installed into .venv; only Python 3.11-3.13 and make are expected.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
APP ?= sentiment
ARGS ?=
# environments of their own; .cache/ is not part of the repository
LANES := .cache/lanes
export TF_CPP_MIN_LOG_LEVEL ?= 3

.PHONY: setup demo train test fuzz faults fuzz-readers check bench bench-lanes web-runtime verify-web verify-kotlin verify-edge verify-arm verify-micro clean

setup: $(VENV)/.ready  ## install the project and its tools

$(VENV)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; v = sys.version_info[:2]; (3, 11) <= v <= (3, 13) or sys.exit("expected Python 3.11, 3.12 or 3.13, found %d.%d; call make PYTHON=python3.12" % v)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

demo: setup  ## train on the synthetic sample, measure, export, verify, predict
	$(BIN)/python -m apps.demo

train: setup  ## make train APP=sentiment ARGS="--data PATH"
	$(BIN)/unroll train $(APP) $(ARGS)

# One thread a process: two that share the cores with two threads each only wait for each other.
test: export TF_NUM_INTRAOP_THREADS = 1
test: export TF_NUM_INTEROP_THREADS = 1
test: export OMP_NUM_THREADS = 1
test: setup  ## all tests, in two processes
	$(BIN)/python -m pytest --numprocesses 2 --dist loadgroup --no-loadscope-reorder $(ARGS)

# Each process draws its share: compiled steps stay in memory for as long as a process lives.
fuzz: setup  ## 500 random layer configurations trained and saved, 200 random models exported: an hour, by hand
	for seed in 0 1 2 3 4 5 6 7 8 9; do UNROLL_FUZZ=50 $(BIN)/python -m pytest --hypothesis-seed=$$seed \
		tests/common/layers/test_random_configurations.py || exit 1; done
	UNROLL_FUZZ=200 $(BIN)/python -m pytest tests/export/test_any_model.py

# Kills, stops, full disks and second processes, over every application: half an hour.
faults: setup  ## trainings killed at random moments and disturbed otherwise end with the same bits; by hand
	UNROLL_SLOW=1 $(BIN)/python -m pytest -s tests/apps/test_kills.py tests/apps/test_processes.py $(ARGS)

# FUZZ_SECONDS=60 TARGETS="ner-conll ink-inkml" makes it shorter; artifacts and corpora stay in .cache/fuzz.
TARGETS ?=
fuzz-readers: setup $(LANES)/fuzz/.ready  ## every reader of strangers' files under libFuzzer, ten minutes each, by hand
	$(BIN)/python -m benchmarks.fuzz_readers .cache $(LANES)/fuzz/bin/python $(TARGETS)

check: setup  ## style, types, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup  ## measurements side by side; minutes each, by hand
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.export
	$(BIN)/python -m benchmarks.training
	$(BIN)/python -m benchmarks.tagging

# Runtimes that cannot share an environment with TensorFlow.
$(LANES)/%/.ready: benchmarks/lanes-%.txt
	$(PYTHON) -m venv $(LANES)/$*
	$(LANES)/$*/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

bench-lanes: setup $(LANES)/mediapipe/.ready $(LANES)/micro/.ready  ## run the lanes under MediaPipe and TensorFlow Lite Micro
	$(BIN)/python -m benchmarks.device_lanes $(LANES)/mediapipe/bin/python $(LANES)/micro/bin/python

web-runtime: setup  ## fetch LiteRT.js for `unroll serve`, with npm; needed once
	$(BIN)/unroll serve --download

# BUNDLES="a b c d e" takes those instead of small models trained on the samples. node_modules/ is ignored by git.
BUNDLES ?=
verify-web: setup  ## the web page against Python, in Node and headless Chromium; twenty minutes at most
	command -v chromium >/dev/null || timeout 900 apt-get install -y chromium
	cd export/web && timeout 300 npm install --no-audit --no-fund --no-package-lock && timeout 120 npm run --silent check
	timeout 3600 $(BIN)/python -m benchmarks.verify_web $(BUNDLES)

verify-kotlin: setup  ## compile and test the Android project's Kotlin on a JVM; BUNDLES="a b" or trained on the samples
	$(BIN)/python -m benchmarks.verify_kotlin $(BUNDLES)

# PYTHONS="python3.12 python3.13" tries those beside the project's own.
PYTHONS ?=
verify-edge: setup  ## build the edge distribution, install it alone, answer from every application's bundles there
	$(BIN)/python -m benchmarks.verify_edge .cache $(PYTHONS)

# Needs Debian 12 on x86-64 with a C compiler, not root: packages are unpacked into .cache/arm.
verify-arm: setup  ## answer from every application's bundles on an emulated arm64 processor, count its instructions
	timeout 7200 $(BIN)/python -m benchmarks.verify_arm .cache

verify-micro: setup $(LANES)/micro/.ready  ## every application's micro bundle under TensorFlow Lite Micro's wheel
	$(BIN)/python -m benchmarks.verify_micro .cache $(LANES)/micro/bin/python

clean:  ## remove the environment and the caches, never runs/
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find apps common export tuning tests benchmarks -name __pycache__ -type d -exec rm -rf {} +
