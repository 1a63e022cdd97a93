STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2

.PHONY: build test race lint bench golden check

build: ## the program, as bin/sedlab
	go build -o bin/sedlab .

test: ## every test; nothing but Go is needed
	go test ./...

race: ## the tests of everything that runs in parallel, under the race detector; cli only calls these parts
	go test -race -short $$(go list ./internal/... ./datasets/... ./operators/... ./priors/... ./solvers/... ./framework/... ./reports/... | grep -v framework/cli)

lint: ## formatting, vet, staticcheck
	@test -z "$$(gofmt -l . | tee /dev/stderr)" || { echo "gofmt differs in the files above"; exit 1; }
	go vet ./...
	GOARCH=arm64 go vet ./...
	go run $(STATICCHECK) ./...

bench: ## the kernels beside naive loops, a training step, a solver iteration
	go test -run '^$$' -bench . ./internal/... ./framework/bench

golden: ## record again what tests compare with, and docs/spec.md; look at the diff before committing it
	go test ./framework/spec ./framework/plan ./catalog -update
	go generate ./framework/cli

check: lint test ## what must pass before a commit
