package cache

// At calls f after each step of Put, and after a lock file is made.
func At(f func(step string)) { step = f }

// Seal makes a sealed file, for tests that forge one, and Unseal reads it.
var (
	Seal   = seal
	Unseal = unseal
)
