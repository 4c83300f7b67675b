PYTHON ?= python3
# Further arguments of a command, for example: make test ARGS="-k gate"
export ARGS ?=

COMMANDS := run test test-fast lint format bench verify mutants real-leads b2b screenshots page words prepare clean help

.PHONY: $(COMMANDS)
.DEFAULT_GOAL := help

$(COMMANDS):
	@$(PYTHON) -m dev $@
