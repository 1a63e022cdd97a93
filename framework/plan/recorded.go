package plan

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"

	"sedlab/datasets"
	"sedlab/framework/cache"
	"sedlab/framework/spec"
	"sedlab/internal/regular"
	"sedlab/internal/sealed"
	"sedlab/internal/yamlpos"
)

// RecordedIdentify returns an Identify that opens no file: what a run read has the identity that it
// had in the plan that was written at path. made identifies what is made, and what the plan does
// not have. Where equal files have several paths, it may take one for another: the plan made with
// it is of use only if HasKeysOf holds.
func RecordedIdentify(path string, made Identify) (Identify, error) {
	r, err := readIdentities(path)
	if err != nil {
		return Identify{}, err
	}
	sources, starts := map[cache.Key]datasets.Identity{}, map[string]string{}
	return Identify{
		Data: func(d *spec.Dataset, seed uint64) (id datasets.Identity, err error) {
			if !reads(d.Source.Config) {
				return made.Data(d, seed)
			}
			key, _, err := cache.KeyOf(yamlpos.Encode(d.Source.Config))
			if err != nil {
				return id, err
			}
			source, _, err := cache.KeyOf(d.Source.Changed())
			if err != nil {
				return id, err
			}
			id, known := sources[key]
			if left := r.sources[source]; !known && len(left) > 0 { // plans have them in this order
				id, known, r.sources[source] = left[0], true, left[1:]
			}
			if !known {
				id, err = made.Data(d, seed)
			}
			sources[key] = id
			return id, err
		},
		File: func(path string) (sum string, err error) {
			sum, known := starts[path]
			if !known && len(r.starts) > 0 {
				sum, known, r.starts = r.starts[0], true, r.starts[1:]
			}
			if !known {
				sum, err = made.File(path)
			}
			starts[path] = sum
			return sum, err
		},
	}, nil
}

// reads reports whether the signals of a source are in files.
func reads(c datasets.Config) bool {
	_, one := c.(datasets.FileConfig)
	_, many := c.(datasets.FilesConfig)
	return one || many
}

// identities are those of files that a plan has read, in the order of its trainings.
type identities struct {
	sources map[cache.Key][]datasets.Identity // by the hash of the source without paths
	starts  []string
}

func readIdentities(path string) (r identities, err error) {
	data, err := regular.ReadIn(filepath.Dir(path), filepath.Base(path), maxPlan)
	if err != nil {
		return r, err
	}
	type inputs struct {
		Data struct {
			Source json.RawMessage `json:"source"`
			datasets.Identity
		} `json:"dataset"`
		Start string `json:"start_sha256"`
	}
	var p struct {
		Trainings []struct {
			Inputs inputs `json:"inputs"`
		} `json:"trainings"`
	}
	if err := sealed.Unmarshal(data, &p); err != nil {
		return r, fmt.Errorf("%s: %w", path, err)
	}
	r.sources = map[cache.Key][]datasets.Identity{}
	for _, t := range p.Trainings {
		in := t.Inputs
		source, _, err := cache.KeyOf(in.Data.Source)
		if err != nil {
			return r, fmt.Errorf("%s: %w", path, err)
		}
		if !slices.Contains(r.sources[source], in.Data.Identity) {
			r.sources[source] = append(r.sources[source], in.Data.Identity)
		}
		if in.Start != "" && !slices.Contains(r.starts, in.Start) {
			r.starts = append(r.starts, in.Start)
		}
	}
	return r, nil
}

// HasKeysOf reports whether the plan has the keys of one that was written as JSON, in the same order.
func (p *Plan) HasKeysOf(path string) (bool, error) {
	data, err := regular.ReadIn(filepath.Dir(path), filepath.Base(path), maxPlan)
	if err != nil {
		return false, err
	}
	type keyed struct {
		Key cache.Key `json:"key"`
	}
	var then struct {
		Trainings []keyed `json:"trainings"`
		Cells     []keyed `json:"cells"`
	}
	if err := sealed.Unmarshal(data, &then); err != nil {
		return false, fmt.Errorf("%s: %w", path, err)
	}
	return slices.EqualFunc(p.Trainings, then.Trainings, func(t Training, k keyed) bool { return t.Key == k.Key }) &&
		slices.EqualFunc(p.Cells, then.Cells, func(c Cell, k keyed) bool { return c.Key == k.Key }), nil
}
