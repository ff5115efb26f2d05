# Two commands do everything on a fresh machine: `make run` and `make test`.
VENV   := .venv
BIN    := $(VENV)/bin
PYTHON ?= python3
# Installed before the rest, so that a CPU build given by index or on disk is kept.
TORCH  ?= torch==2.13.0
# A folder of characters to serve, instead of the built-in ones; see docs/characters.md.
CHARACTERS ?=
PORT   ?= 8765

.PHONY: run test other-browsers lint bench web-tracking clean

run: $(VENV)/.installed
	exec $(BIN)/bunraku serve --open --port $(PORT) $(if $(CHARACTERS),--characters "$(CHARACTERS)")

# A test file runs in one of two processes.
test: lint
	$(BIN)/pytest -n 2 --dist loadfile

# The pages in Firefox and WebKit, which `make test` leaves out where these are not installed. Debian, as root.
other-browsers: $(VENV)/.installed
	apt-get install -y --no-install-recommends xvfb firefox-esr libegl1 webkit2gtk-driver libgl1-mesa-dri gstreamer1.0-libav
	$(BIN)/pytest tests/e2e/test_other_browsers.py

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.installed
	$(BIN)/bunraku bench all

# Tracking in the browser, which needs MediaPipe's programs (several megabytes) and the face model.
TASKS_VISION := @mediapipe/tasks-vision@0.10.35
VENDOR := clients/web/vendor/tasks-vision

web-tracking: $(VENV)/.installed
	mkdir -p $(VENDOR) build
	cd build && npm pack --silent $(TASKS_VISION)
	tar -xzf build/mediapipe-tasks-vision-*.tgz -C $(VENDOR) --strip-components=1 package/vision_bundle.mjs package/wasm
	rm build/mediapipe-tasks-vision-*.tgz
	cp "$$($(BIN)/bunraku face-model)" $(VENDOR)/face_landmarker.task

# What is compiled is compiled here too.
$(VENV)/.installed: pyproject.toml setup.py clients/python/pyproject.toml $(wildcard models/native/*.cpp models/native/*.h)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet '$(TORCH)'
	$(BIN)/python -m pip install --quiet -e '.[dev]' -e clients/python
	touch $@

clean:
	rm -rf $(VENV) build *.egg-info clients/python/src/*.egg-info models/native/*.so
