STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME = 20s

.PHONY: build test race lint fuzz bench golden check

build: ## the program, as bin/sedlab
	go build -o bin/sedlab .

test: ## every test; nothing but Go is needed
	go test ./...

race: ## the tests of everything that runs in parallel, under the race detector; cli only calls these parts, and reports start no goroutines
	go test -race -short $$(go list ./internal/... ./datasets/... ./operators/... ./priors/... ./solvers/... ./framework/... | grep -v framework/cli)

lint: ## formatting, vet, staticcheck
	@test -z "$$(gofmt -l . | tee /dev/stderr)" || { echo "gofmt differs in the files above"; exit 1; }
	go vet ./...
	GOARCH=arm64 go vet ./...
	go run $(STATICCHECK) ./...

fuzz: ## every fuzz target in turn, for FUZZTIME each, until one fails
	@list=$$(go test -list '^Fuzz' ./...) && echo "$$list" | \
	awk '/^Fuzz/ { names[n++] = $$1 } /^ok/ { for (i = 0; i < n; i++) print $$2, names[i]; n = 0 }' | \
	while read -r package target; do \
		echo "$$package $$target"; \
		go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x "$$package" </dev/null || exit 1; \
	done

bench: ## the kernels beside naive loops, a training step, a solver iteration
	go test -run '^$$' -bench . ./internal/... ./framework/bench

golden: ## record again what tests compare with, and docs/spec.md; look at the diff before committing it
	go test ./framework/spec ./framework/plan ./catalog -update
	go generate ./framework/cli

check: lint test ## what must pass before a commit
