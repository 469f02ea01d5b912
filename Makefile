# Each target is a task of scripts/run.mjs, which installs and builds what it needs; `npm run <target>` does the same.
# Variables given to make (`make demo SITE_URL=... SITE_TOKEN=...`) reach the task through the environment.

TASKS := demo up stack deps test check bench chaos build docs clean

.DEFAULT_GOAL := help
.PHONY: help $(TASKS)

help:
	@node scripts/run.mjs

$(TASKS):
	@node scripts/run.mjs $@ $(ARGS)
