package cluster

import (
	"os"
	"path/filepath"
)

// inherited are the environment variables of the submitting process that decide what tasks read
// and record.
var inherited = []string{"SEDLAB_DATA", "SEDLAB_HOSTNAME", "XDG_CACHE_HOME"}

// variable is a variable of the environment.
type variable struct{ Name, Value string }

// environment returns the inherited variables that are set.
func environment() (list []variable) {
	for _, name := range inherited {
		value := os.Getenv(name)
		if name == "SEDLAB_DATA" && value != "" {
			if path, err := filepath.Abs(value); err == nil { // tasks have another working folder
				value = path
			}
		}
		if value != "" {
			list = append(list, variable{name, value})
		}
	}
	return list
}
