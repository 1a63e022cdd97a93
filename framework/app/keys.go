package app

// Key is a key that an edit of a spec can give a value.
type Key struct {
	Key     string
	Doc     string
	Choices []string // the words that it can have, if its values are words
	List    bool
	File    bool // its values are paths of files
}

// Keys returns the keys that an edit of a spec can give a value and, if sweep is set,
// those with which an edit can add to the sweep.
func (a *App) Keys(ref SpecRef, sweep bool) ([]Key, error) {
	f, err := a.load(ref)
	if err != nil {
		return nil, err
	}
	all := f.EditKeys()
	if sweep {
		all = append(all, f.SweepKeys()...)
	}
	var list []Key
	for _, k := range all {
		list = append(list, Key{k.Key, k.Field.Doc, k.Choices(a.catalog.Names()), k.Field.List, k.Field.File})
	}
	return list, nil
}
