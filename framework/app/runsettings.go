package app

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"sedlab/framework/spec"
	"sedlab/framework/store"
	"sedlab/internal/settings"
)

// RunSetting is a key of the spec that a run was made with. Its place is that in the run's
// spec.yaml, which has every default filled in.
type RunSetting struct {
	Explained
	Changed bool // the value is not the default, or the key is swept
}

// SettingsError says why nothing is known of a run's settings but their keys and values.
type SettingsError struct{ Err error }

func (e *SettingsError) Error() string {
	return "this program cannot run the spec, and knows only its keys and values: " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *SettingsError) Unwrap() error { return e.Err }

// recordedSettings returns the settings of the run in dir. If the error is a *SettingsError,
// they are keys and values alone.
func (a *App) recordedSettings(dir string, m store.Manifest) ([]RunSetting, error) {
	ran, edited := store.ReadSettings(dir, m)
	file, err := a.readSpec(dir)
	if changed := new(store.EditedError); err != nil || errors.As(edited, &changed) {
		return plainSettings(ran), &SettingsError{errors.Join(edited, err)}
	}
	var list []RunSetting
	for _, s := range file.Settings() {
		if s.Key != "name" && !strings.HasPrefix(s.Key, "report") {
			list = append(list, RunSetting{explain(s), changed(file, s)})
		}
	}
	return list, edited
}

// changed reports whether a spec gives a key another value than its default, which for the
// seed of a stage is the seed of all.
func changed(file *spec.File, s spec.Setting) bool {
	if len(s.Sweep) > 0 {
		return true
	}
	if strings.HasPrefix(s.Key, "seeds.") {
		return s.Value != strconv.FormatUint(file.Base.Seed, 10)
	}
	n := file.Default(s.Key)
	return n == nil || settings.Text(settings.Plain(n)) != s.Value
}

// plainSettings returns settings of which nothing is known but their values.
func plainSettings(ran settings.List) []RunSetting {
	var list []RunSetting
	for _, s := range ran {
		if !slices.Contains([]string{"name", "report"}, s.Key) {
			list = append(list, RunSetting{Explained{Key: s.Key, Value: json.RawMessage(settings.Text(s.Value))}, true})
		}
	}
	return list
}
