# make demo   the tour of a real network in JupyterLab;  make demo ARGS="--html tour.html"  the same as one offline page
# make test   everything that CI checks
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo test lint types build notebooks pictures bench clean

PYTHON ?=
VENV := .venv
BIN := $(VENV)/bin
# Python compiles what is imported when it is first imported: a small part of what there is.
PIP := $(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check -c constraints.txt
STATIC := src/convscope/static
BUNDLE := $(addprefix $(STATIC)/,layer_browser.js filter_gallery.js augment_preview.js attribution.js atlas_viewer.js feature_vis.js manifold_scatter.js deep_dream.js static_host.js page.css)
JS_SOURCES := $(shell find js -name node_modules -prune -o -type f -print)
# JupyterLab refuses to run as root unless it is told; on a fresh container one is root.
ROOT_FLAG := $(if $(filter 0,$(shell id -u)),--allow-root)
ARGS ?=

help:
	@sed -n '1,2s/^# //p' Makefile
	@echo 'make lint, types    the first stages of make test;   make test STAGES="unit js"  some of them'
	@echo 'make build          the wheel and the source archive, in dist/'
	@echo 'make notebooks      run the notebooks again and save their pictures'
	@echo 'make pictures       take the pictures of the documentation again'
	@echo 'make bench          the benchmarks, each against its peer'
	@echo 'make clean          away with everything that was built'

demo: $(VENV)/.demo $(BUNDLE)
ifeq ($(strip $(ARGS)),)
	$(BIN)/python -m jupyter lab $(ROOT_FLAG) --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/notebooks/00_tour.ipynb
else
	$(BIN)/python -m convscope demo $(ARGS)
endif

test: $(VENV)/.dev $(BUNDLE)
	@$(BIN)/python tools/check.py $(STAGES)

lint types: $(VENV)/.dev js/node_modules/.installed
	@$(BIN)/python tools/check.py $@

build: $(VENV)/.dev $(BUNDLE)
	$(BIN)/python -m build

notebooks: $(VENV)/.dev $(BUNDLE)
	$(BIN)/python tools/notebooks.py $(ARGS)

pictures: $(VENV)/.dev $(BUNDLE)
	$(BIN)/python tools/pictures.py

bench: $(VENV)/.dev
	@for script in benchmarks/[a-z]*.py; do echo "$$script"; $(BIN)/python $$script || exit 1; done

clean:
	rm -rf $(VENV) js/node_modules $(BUNDLE) build dist tour.html
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# torch goes in first: later packages then keep this one.
$(VENV)/.torch: constraints.txt
	@tools/venv $(VENV) $(PYTHON)
	@echo 'installing what convscope needs in $(VENV): some minutes, the first time only'
	$(PIP) torch
	@touch $@

$(VENV)/.demo: $(VENV)/.torch pyproject.toml
	HATCH_JUPYTER_BUILDER_SKIP_NPM=1 $(PIP) -e '.[demo]'
	@touch $@

$(VENV)/.dev: $(VENV)/.torch pyproject.toml
	HATCH_JUPYTER_BUILDER_SKIP_NPM=1 $(PIP) -e '.[dev]'
	@touch $@ $(VENV)/.demo

js/node_modules/.installed: js/package.json js/package-lock.json
	@tools/node
	cd js && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund
	@touch $@

$(BUNDLE): js/node_modules/.installed $(JS_SOURCES)
	cd js && npm run --silent build
	@for file in $(BUNDLE); do test -s $$file || { echo "the build made no $$file" >&2; exit 1; }; touch $$file; done
