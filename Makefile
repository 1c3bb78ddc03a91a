# Every command installs what it needs first; that takes a second or two when all is there.
SHELL := bash
.ONESHELL:
.SHELLFLAGS := -euc
.DEFAULT_GOAL := help
# All commands: lines with a help text.
.PHONY: $(shell sed -nE 's/^([a-z0-9-]+):.*\#\#.*/\1/p' $(firstword $(MAKEFILE_LIST)))
ENV := source scripts/lib.sh
# vjepa FEATURES COMMAND [ARGUMENT...]: the native program.
VJEPA := vjepa() { cargo run --locked --release --no-default-features --features "$$1" --bin vjepa -- "$${@:2}"; }
# Takes what clippy has compiled of other crates.
DOCS := RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --lib --features native
# Browser tests share the release artefacts of the page's own engine; a debug one would take minutes a step.
SCRIPTS := 'www/**/*.{js,ts}' '{bench,package,scripts,tests}/**/*.js'
WASM_TEST := wasm-pack test --headless --chrome --release --mode no-install

help: ## list the commands
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

serve: ## build and serve the page on http://127.0.0.1:8080, again at each change
	@$(ENV); scripts/setup.sh rust build
	trunk serve $(ARGS)

build: ## the static site, in dist/
	@$(ENV); scripts/setup.sh rust build
	trunk build --release
	for engine in cpu webgpu; do test -s dist/engine/$$engine/vjepa_web_bg.wasm || die "dist/ lacks the $$engine engine"; done
	say "the site is in dist/"

# Cheap checks first, then what shares compiled artefacts.
test: ## everything that can fail: check and the four kinds of tests below
	@$(ENV); scripts/setup.sh
	for part in check test-js test-native test-e2e test-browser; do
	  SECONDS=0
	  $(MAKE) --no-print-directory $$part
	  say "$$part passed in $$SECONDS s"
	done
	say "make test: all passed"

bench: build ## compare with onnxruntime-web, TensorFlow.js and jax-js; ARGS=--help lists what can be chosen
	@$(ENV); scripts/setup.sh node test
	node bench/run.js $(ARGS)

gpu-bench: ## this machine's graphics adapter in five minutes, beside PyTorch; ARGS="--pack FOLDER" for a machine without a compiler
	@$(ENV); scripts/gpu-bench.sh $(ARGS)

package: build ## the npm package of <vjepa-surprise>, in dist-package/
	@$(ENV); scripts/setup.sh node
	node scripts/package.js dist dist-package
	say "the package is in dist-package/: npm publish ./dist-package"

space: build ## the site as a static Space of the Hugging Face hub, in dist-space/; HF_SPACE=owner/name says which
	@$(ENV); scripts/setup.sh node
	node scripts/space.js dist dist-space
	say "the Space is in dist-space/; docs/publishing.md says how to push it"

docs: ## the crate's documentation, with warnings as errors; its front page is vjepa_web/index.html in doc/ of the build folder
	@$(ENV); scripts/setup.sh rust
	$(DOCS)
	say "the documentation is in $$CARGO_TARGET_DIR/doc/vjepa_web/index.html"

pictures: build ## the pictures of the README, in docs/pictures/
	@$(ENV); scripts/setup.sh node test
	node scripts/pictures.js $(ARGS)

icons: build ## icons of the installed page and the picture that previews of links show, in www/assets/
	@$(ENV); scripts/setup.sh node test
	node scripts/icons.js $(ARGS)

pretrain: ## train a model natively; RUN=file of the run, which goes on if it is there; ARGS=--help lists what can be chosen
	@$(ENV); scripts/setup.sh rust
	run=$${RUN:-run.safetensors}
	features=native
	for device in webgpu cuda; do [[ " $(ARGS) " != *" --device $$device "* ]] || features+=,$$device; done
	$(VJEPA); vjepa $$features pretrain "$$run" $(ARGS)

exam: ## what a saved model has learned, as a table, or with ARGS=--act how well it acts; MODEL=file, else the page's own; ARGS=--help lists what can be chosen
	@$(ENV); scripts/setup.sh rust
	model=$${MODEL:-www/assets/learner.safetensors}
	if [[ -z $${MODEL:-} && " $(ARGS) " == *" --act "* ]]; then model=www/assets/actor.safetensors; fi
	$(VJEPA); vjepa native exam "$$model" $(ARGS)

alarm: ## how good the live alarm is, as a table; ARGS=--help lists what can be chosen
	@$(ENV); scripts/setup.sh rust
	$(VJEPA); vjepa native alarm $(ARGS)

trust: ## how good the check of fast labels by surprise is, as a table; ARGS=--help lists what can be chosen
	@$(ENV); scripts/setup.sh rust
	$(VJEPA); vjepa native trust $(ARGS)

fuzz: ## hostile files through every reader, FUZZ_SECONDS=60 for each or FUZZ_RUNS=10000000 files; ARGS="TARGET...", or ARGS=seeds to keep those that cover most
	@$(ENV); scripts/setup.sh rust
	scripts/fuzz.sh $(ARGS)

fuzz-js: ## hostile files through the page's own readers, in Node; ARGS="--files 10000000 READER..."
	@$(ENV); scripts/setup.sh node
	node --expose-gc scripts/fuzz-js.js $(ARGS)

kills: ## kill native training a hundred times and compare what comes out; ARGS="--kills 100 --seed 1"
	@$(ENV); scripts/setup.sh rust node
	cargo build --locked --release --no-default-features --features native --bin vjepa
	node scripts/kills.js "$$CARGO_TARGET_DIR/release/vjepa" $(ARGS)

soak-native: ## train 100,000 steps natively and hold memory and saves to their bounds; ARGS="--steps 100000"
	@$(ENV); scripts/setup.sh rust node
	cargo build --locked --release --no-default-features --features native --bin vjepa
	node scripts/soak.js "$$CARGO_TARGET_DIR/release/vjepa" $(ARGS)

large: build ## load a made-up 1.3 GB checkpoint in headless Chromium and hold the heap to its bound
	@$(ENV); scripts/setup.sh node test
	node bench/large.js $(ARGS)

faults: build ## devices lost and tabs killed, 100 each, in headless Chromium; ARGS=--help lists what can be chosen
	@$(ENV); scripts/setup.sh node test
	node bench/faults.js --only devices,tabs,elements $(ARGS)

soak: build ## memory over 100,000 steps and a night of watching; ARGS=--help lists what can be chosen
	@$(ENV); scripts/setup.sh node test
	node bench/faults.js --only steps-cpu,steps-webgpu,night $(ARGS)

audit: ## known flaws, licences, sources and duplicates of what this is made of: crates and Node packages; asks the network
	@$(ENV); scripts/setup.sh rust node audit
	cargo deny --locked check $(ARGS)
	for folder in . bench; do (cd $$folder && npm audit); done

licences: ## www/licences.html, the licences of the crates in the two engines
	@scripts/licences.sh

reproduce: ## whether two builds of both engines from nothing have the same bytes
	@scripts/reproduce.sh $(ARGS)

check: ## formatting, types, scripts; clippy natively and for wasm, and the crate's documentation, with warnings as errors
	@$(ENV); scripts/setup.sh rust node
	cargo fmt --check
	cargo fmt --check --manifest-path fuzz/Cargo.toml
	node_modules/.bin/prettier --check --log-level warn $(SCRIPTS)
	node_modules/.bin/tsc --project www
	for script in scripts/*.sh .ci/run; do bash -n $$script; done
	scripts/licences.sh --check
	cargo clippy --locked --all-targets --features native -- -D warnings
	cargo clippy --locked --lib --test gpu --target $$WASM_TARGET -- -D warnings
	$(DOCS)

test-js: ## the page's modules, in Node
	@$(ENV); scripts/setup.sh node
	node --test tests/js/*.test.js

test-native: ## parity with the reference and behaviour, on the CPU and on this machine's graphics adapter
	@$(ENV); scripts/setup.sh rust vulkan
	cargo test --locked -- --show-output
	cargo test --locked --no-default-features --features native --lib --test pretrain --test commands --test workers -- kernels pretraining commands workers

test-browser: ## kernels, parity and a training step, in headless Chromium, on WebGPU
	@$(ENV); scripts/setup.sh rust build test
	$(WASM_TEST) -- --locked --test gpu

test-e2e: build ## the built page in headless Chromium, from camera to views
	@$(ENV); scripts/setup.sh node test
	scripts/test-e2e.sh $(ARGS)

fmt: ## format the code: Rust and JavaScript
	@$(ENV); scripts/setup.sh rust node
	cargo fmt
	node_modules/.bin/prettier --write --log-level warn $(SCRIPTS)

clean: ## remove what was built here; tools and compiled crates stay in the cache
	rm -rf dist dist-package dist-space target node_modules bench/node_modules tests/e2e/artefacts
