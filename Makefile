# Everything the commands need is fetched into the cache on first use.
# Settings, given as variables: SERIES, ODOO_HOME, CACHE; see each command.
PYTHON ?= python3
export SERIES ODOO_HOME CACHE PORT ORDERS DEMO_LANG TESTS ARGS FRESH ALLOW_SKIPS

.PHONY: help demo test test-all lint port bench clean

help:
	@echo 'make demo      a real Odoo with the addon and a factory'"'"'s data, until Ctrl-C'
	@echo '               SERIES=17.0  PORT=8069  ORDERS=history.csv.gz  DEMO_LANG=zh_CN'
	@echo 'make test      all checks and tests on one series (19.0, or that of ODOO_HOME)'
	@echo '               TESTS=tests/test_x.py  ARGS="-k word"  FRESH=1  ALLOW_SKIPS=1'
	@echo 'make test-all  the same on every series found'
	@echo 'make lint      ruff, pylint-odoo, OCA checks'
	@echo 'make port      SERIES=19.0: the addon for that series, in build/19.0'
	@echo 'make bench     the benchmark'
	@echo 'make clean     remove what was built and fetched'

demo:
	@$(PYTHON) dev/demo.py

test:
	@$(PYTHON) dev/run_tests.py

test-all:
	@$(PYTHON) dev/run_tests.py --all

lint:
	@$(PYTHON) dev/lint.py

port:
	@$(PYTHON) dev/port.py --series $(or $(SERIES),19.0) --out build/$(or $(SERIES),19.0)

bench:
	@$(PYTHON) dev/bench.py $(ARGS)

clean:
	@$(PYTHON) dev/clean.py
