package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"sedlab/framework/reconstruct"
	"sedlab/framework/store"
	"sedlab/internal/durable"
	"sedlab/internal/f32"
	"sedlab/internal/regular"
)

// ReconstructionManifest is what is noted beside repaired spectra of how they came about. It is not
// in their file, which is the same, bit for bit, whenever and however fast it is made.
type ReconstructionManifest struct {
	Work    string              `json:"work"`  // the hash of all that determines the results: the same for all parts
	Input   string              `json:"input"` // the hash of all of that but the prior
	Result  *Reconstructed      `json:"result"`
	Bytes   int64               `json:"bytes,omitempty"` // of the file of results; 0 for a folder
	Options reconstruct.Options `json:"options"`
	Started time.Time           `json:"started"` // by the call that ended it
	Ended   time.Time           `json:"ended"`
	Module  store.Module        `json:"module"`
	System  store.System        `json:"system"`
}

// manifestEnding is that of the file of a manifest.
const manifestEnding = ".manifest.json"

// manifestPath returns the file of the manifest of repaired spectra: out.manifest.json for
// out.parquet.
func manifestPath(out string) string {
	if isFolder(out) {
		return strings.TrimRight(out, "/") + manifestEnding
	}
	return strings.TrimSuffix(out, filepath.Ext(out)) + manifestEnding
}

// readManifest reads a manifest; it returns nil if there is none, or none that can be read.
func readManifest(path string) (*ReconstructionManifest, error) {
	text, err := regular.Read(path, 1<<30)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	m := new(ReconstructionManifest)
	if err := json.Unmarshal(text, m); err != nil || m.Result == nil {
		return nil, fmt.Errorf("%s: is no manifest of repaired spectra; remove it", path)
	}
	return m, nil
}

// describes reports whether the results at a path are there as a whole.
func (m *ReconstructionManifest) describes(out string) bool {
	info, err := os.Stat(out)
	return err == nil && (m.Bytes == 0 || m.Bytes == info.Size())
}

// compare returns an error if the part beside out that the manifest at path describes is of other work.
func (m *ReconstructionManifest) compare(path, work, input, kernel, out string) error {
	what := "with another prior;"
	switch {
	case m.Work == work:
		return nil
	case m.System.Kernel != kernel:
		what = fmt.Sprintf("with kernel %s, not %s; give --kernel %[1]s,", m.System.Kernel, kernel)
	case m.Input != input:
		what = "from other spectra, with other options or by another version;"
	}
	return &QueryError{fmt.Errorf("%s: was made %s remove the parts beside %s, or name another file to write", path, what, out)}
}

// finished returns the result of a part that is done already. Its errors are those of beside.
func (s *stream) finished() (*Reconstructed, error) {
	if s.order.Parts == 0 {
		return nil, nil
	}
	m, err := readManifest(manifestPath(s.order.Out))
	if err != nil {
		return nil, err
	}
	if m != nil && m.Work == s.work && m.describes(s.order.Out) {
		return m.Result, nil
	}
	return nil, s.beside()
}

// beside returns an error if another part beside this one is one of another division, or of other
// spectra, options, priors, kernels or versions: together they would lack spectra, have some twice,
// or differ in the last bits.
func (s *stream) beside() error {
	if s.order.Parts == 0 {
		return nil
	}
	own := manifestPath(s.order.Out)
	others, divided, err := partFiles(s.whole, s.order.Parts)
	if err == nil {
		err = undivided(divided, s.order.Out)
	}
	if err != nil {
		return err
	}
	for _, p := range others {
		if p.manifest == own {
			continue
		}
		other, err := readManifest(p.manifest)
		if err == nil && other != nil {
			err = other.compare(p.manifest, s.work, s.input, f32.Kernel(), s.order.Out)
		}
		return err // one stands for all: it was compared with those before it
	}
	return nil
}

// undivided returns an error if there is a manifest of a part of another number of parts.
func undivided(manifest, out string) error {
	if manifest == "" {
		return nil
	}
	return &QueryError{fmt.Errorf("%s: is one of another number of parts; remove those beside %s, or name another file to write", manifest, out)}
}

var digits = regexp.MustCompile(`^[0-9]+$`)

// partFile is a part of results that has a manifest.
type partFile struct {
	number        int
	out, manifest string // paths
}

// partFiles returns the parts of results that have manifests and, if there is one, the manifest of a
// part of another number of parts.
func partFiles(whole string, parts int) (list []partFile, divided string, err error) {
	all := Reconstruction{Parts: parts}
	first := manifestPath(all.ofPart(whole))
	entries, err := os.ReadDir(filepath.Dir(first))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", nil
	}
	begin, end, _ := strings.Cut(filepath.Base(first), "-00000-of-")
	for _, e := range entries {
		name, ours := strings.CutPrefix(e.Name(), begin+"-")
		number, of, _ := strings.Cut(name, "-of-")
		count, isManifest := strings.CutSuffix(of, manifestEnding)
		if !ours || !isManifest || !digits.MatchString(number) || !digits.MatchString(count) {
			continue
		}
		if of != end {
			divided = filepath.Join(filepath.Dir(first), e.Name())
			continue
		}
		all.Part, _ = strconv.Atoi(number) // if ofPart would not write it so, the name below differs
		p := partFile{all.Part, all.ofPart(whole), manifestPath(all.ofPart(whole))}
		if p.number < parts && filepath.Base(p.manifest) == e.Name() {
			list = append(list, p)
		}
	}
	return list, divided, err
}

// conclude notes how fast the spectra were repaired, and writes the manifest.
func (s *stream) conclude(ended time.Time) error {
	r := s.result
	r.Manifest = manifestPath(s.order.Out)
	m := ReconstructionManifest{s.work, s.input, r, 0, s.order.Options, s.began.UTC(), ended.UTC(), Version(), store.ThisSystem()}
	if info, err := os.Stat(s.order.Out); err == nil && info.Mode().IsRegular() {
		m.Bytes = info.Size()
	}
	return durable.WriteFile(r.Manifest, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(m)
	})
}
