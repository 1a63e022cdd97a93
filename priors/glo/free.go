package glo

import "sedlab/priors"

var _ priors.FreeCoder = (*Config)(nil)

// FreeCodes returns the key sphere where it lets the codes free.
func (c *Config) FreeCodes() (key string) {
	if c.Sphere {
		return ""
	}
	return "sphere"
}
