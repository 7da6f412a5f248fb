# Two commands: `make run` and `make test`. What is already done is not done again; the rest is in `make help`.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-builtin-rules --no-print-directory --jobs=2
# cargo would look for the job server of make, which reaches only the recipes that call make.
unexport MAKEFLAGS MFLAGS
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help run test setup client echarts site server bench fuzz clean machine tools test-tools

export PATH := $(or $(CARGO_HOME),$(HOME)/.cargo)/vigie-tools/bin:$(CURDIR)/end2end/node_modules/.bin:$(PATH)
export VIGIE := $(or $(CARGO_TARGET_DIR),target)/release/vigie

step := .ci/step
npm := end2end/node_modules/.package-lock.json
client_js := target/site/pkg/vigie-client.js
echarts_js := target/site/vendor/echarts.js
css := target/site/vigie.css

# Folders are among the sources, so that a file taken away counts as a change too.
client_sources := Cargo.toml Cargo.lock rust-toolchain.toml Trunk.toml \
  $(shell find app -not -name '*.snap*' -not -name '*.js')
charts := app/src/charts

help:
	@echo "make run      installe ce qui manque, construit, charge la démonstration, sert http://127.0.0.1:3000"
	@echo "make test     tout ce que vérifie l'intégration continue, navigateur compris"
	@echo "make setup    les outils seulement       make client   le WebAssembly (Trunk)"
	@echo "make echarts  les graphiques (esbuild)   make site     tous les fichiers statiques : target/site"
	@echo "make server   le programme vigie         make bench    les temps, à côté des bases et de DuckDB"
	@echo "make fuzz     cherche des octets qui cassent un lecteur (SECONDES=60 pour chacun, PARSER=ndjson pour un seul)"
	@echo "make clean    efface ce qui a été construit (pas les données)"

run: site server
	@echo "▸ Démarrage (Ctrl-C pour arrêter)…"
	@exec "$(VIGIE)" serve --demo

test: site server test-tools
	@.ci/test

bench: site server
	@.ci/bench

fuzz: | machine
	@.ci/fuzz

setup: tools $(npm)

machine:
	@.ci/setup machine

tools: | machine
	@.ci/setup client

test-tools: | tools
	@.ci/setup test

$(npm): end2end/package.json end2end/package-lock.json | machine
	@$(step) "Paquets npm" npm ci --prefix end2end --ignore-scripts --no-audit --no-fund
	@touch $@

client: $(client_js)

# Trunk works offline, so that no tool comes from elsewhere: the crates must be there before.
target/stamps/crates: Cargo.lock | machine
	@$(step) "Bibliothèques Rust" cargo fetch --locked
	@mkdir -p $(@D) && touch $@

# Trunk refuses NO_COLOR=1.
$(client_js): $(client_sources) | target/stamps/crates tools $(npm)
	@$(step) "Client WebAssembly" env -u NO_COLOR trunk build --release

echarts: $(echarts_js)

# The licences of what is in the bundle go with it, in full.
$(echarts_js): $(charts)/bundle.js $(shell find $(charts) -name '*.js') end2end/package-lock.json | $(npm)
	@$(step) "Graphiques ECharts" env NODE_PATH=end2end/node_modules esbuild $< --bundle --minify \
	  --format=iife --target=es2020 --legal-comments=none --banner:js="/*! Licences: /vendor/licences.txt */" --outfile=$@
	@cd end2end/node_modules && tail -n +1 echarts/NOTICE echarts/LICENSE echarts/licenses/* zrender/LICENSE \
	  tslib/LICENSE.txt >$(CURDIR)/$(@D)/licences.txt

$(css): $(wildcard style/*) | $(npm)
	@$(step) "Feuille de style" esbuild style/main.css --bundle --minify --target=es2020,safari16 \
	  --external:/fonts/* --outfile=$@

site: target/stamps/site

target/stamps/site: $(client_js) $(echarts_js) $(css) $(shell find public) .ci/compress
	@$(step) "Fichiers statiques" sh -c 'cp -Rp public/. target/site/ && .ci/compress target/site'
	@mkdir -p $(@D) && touch $@

# cargo knows what has changed. The bundle comes first: the server draws with it.
server: $(echarts_js) | machine
	@$(step) "Serveur" cargo build --release --locked -p vigie-server

clean:
	rm -rf target end2end/node_modules end2end/test-results end2end/playwright-report
