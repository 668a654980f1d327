# Everything a fresh machine with git and Python 3.10+ needs. `make help` lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help
BIN := .venv/bin
READY := .venv/.ready
# uv does not read pip's settings; whoever keeps wheels in a folder of their own has it there.
export UV_FIND_LINKS ?= $(or $(PIP_FIND_LINKS),$(shell pip config get global.find-links 2>/dev/null))
T ?= tests
K ?=
B ?= env rpc metrics run overlap scoring report schedule
OUT ?=
# More than four would fight for memory: some tests load torch.
J ?= $(shell n=$$(nproc); echo $$((n < 4 ? n : 4)))
TESSERACT := tesseract-ocr-eng tesseract-ocr-rus tesseract-ocr-kor
GOALS ?= build/goals.jsonl
S ?= 60
F ?=
DEVICE ?= auto
MODEL ?=

.PHONY: help setup demo docs test test-engines soak fuzz audit lint types bench bench-gpu check format clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): .ci/dev.lock pyproject.toml .ci/bootstrap
	.ci/bootstrap .venv
	@touch $(READY)

setup: $(READY) ## make .venv from the hash-locked host dependencies

demo: setup ## evaluate five real models in four locked envs on the quickstart documents
	@.ci/system-packages $(TESSERACT)
	@# 3 says that a model could not run here, and which; the others have run.
	$(BIN)/vlmhb run configs/runs/quickstart.yaml --isolation venv --new || [ $$? = 3 ]

test: setup ## run the tests, J=2 at a time; T=tests/unit/plan K=resume narrows
	@.ci/system-packages chromium fish zsh $(TESSERACT)
	$(BIN)/pytest -n $(J) --dist loadfile $(T) $(if $(K),-k "$(K)")

lint: setup ## ruff, formatting, import layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	PYTHONPATH=worker_entry $(BIN)/lint-imports

types: setup ## mypy (host, tests) and basedpyright (worker, as Python 3.8)
	$(BIN)/mypy -p vlmhb -p tests
	$(BIN)/basedpyright

docs: setup ## build the guide into site/; then: python3 -m http.server --directory site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

format: setup ## let ruff rewrite what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

test-engines: setup ## run the tests that load a serving engine (vLLM on the CPU)
	$(BIN)/pytest tests -m slow

soak: setup ## run the fault tests at full size and print what they saw
	@mkdir -p $(dir $(GOALS)) && rm -f $(GOALS)
	$(BIN)/pytest -n $(J) --dist loadfile tests/fault --sizes release --goals $(GOALS); \
	  code=$$?; $(BIN)/python -m tests.fault $(GOALS); exit $$code

fuzz: setup ## feed what reads foreign files with nonsense, S seconds each; F=journal narrows
	@$(BIN)/uv pip install --quiet --target build/fuzz/lib --no-deps --only-binary :all: 'atheris==3.*' \
	  || echo 'fuzz: no wheel of atheris for this Python, so luck has to do'
	PYTHONPATH=build/fuzz/lib $(BIN)/python -m tests.fuzz --seconds $(S) $(F)

audit: setup ## look up known vulnerabilities of the locked packages; needs the network
	$(BIN)/uv tool run pip-audit --strict --require-hashes --disable-pip -r .ci/dev.lock

bench: setup ## compare with peers, both sides in turns; B=env narrows, OUT=docs/benchmarks keeps
	@.ci/system-packages chromium
	@for name in $(B); do $(BIN)/python -m tests.bench.$$name $(OUT) || exit 1; done
	@$(if $(OUT),$(BIN)/python -m tests.bench $(OUT))

bench-gpu: setup ## the same with a real model on a GPU; MODEL=qwen2-vl-2b asks that one, DEVICE=cpu tries it out
	@$(BIN)/python -m tests.bench.gpu --device $(DEVICE) $(if $(MODEL),--model $(MODEL)) $(OUT)
	@$(if $(OUT),$(BIN)/python -m tests.bench $(OUT))

check: lint types test ## what CI runs

clean: ## remove what make made; built envs stay in the cache
	rm -rf .venv dist build site .mypy_cache .ruff_cache .pytest_cache .hypothesis
