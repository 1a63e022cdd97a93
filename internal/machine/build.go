package machine

import "runtime/debug"

// Build returns, by name, the build settings that can change the bits of a result; nil
// if the program records none. GOAMD64=v3, for example, lets the compiler fuse
// multiplications and additions of plain Go code.
func Build() map[string]string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	return affectingBits(info.Settings)
}

// affectingBits returns those settings that can change bits, or nil.
func affectingBits(settings []debug.BuildSetting) (kept map[string]string) {
	for _, s := range settings {
		switch s.Key {
		case "GOAMD64", "GOARM64", "GOEXPERIMENT", "-race", "-tags", "-gcflags":
			if kept == nil {
				kept = map[string]string{}
			}
			kept[s.Key] = s.Value
		}
	}
	return kept
}
