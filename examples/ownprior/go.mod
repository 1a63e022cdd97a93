module example.org/ownprior

go 1.26

require sedlab v0.0.0

replace sedlab => ../..
