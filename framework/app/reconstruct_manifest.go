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
	"strings"
	"time"

	"sedlab/framework/reconstruct"
	"sedlab/framework/store"
	"sedlab/internal/durable"
	"sedlab/internal/regular"
)

// ReconstructionManifest is what is noted beside repaired spectra of how they came about. It is not
// in their file, which is the same, bit for bit, whenever and however fast it is made.
type ReconstructionManifest struct {
	Work    string              `json:"work"` // the hash of all that determines the results: the same for all parts
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

// finished returns the result of a part that is done already. It is an error if another part
// beside it is one of another division, or of other spectra, options, priors or versions: together
// they would lack spectra, or have some twice.
func (s *stream) finished() (*Reconstructed, error) {
	if s.order.Parts == 0 {
		return nil, nil
	}
	own := manifestPath(s.order.Out)
	m, err := readManifest(own)
	if err != nil {
		return nil, err
	}
	if m != nil && m.Work == s.work && m.describes(s.order.Out) {
		return m.Result, nil
	}
	others, divided, err := s.otherParts()
	if err != nil {
		return nil, err
	}
	if divided != "" {
		return nil, &QueryError{fmt.Errorf("%s: is one of another number of parts; remove those beside %s, or name another file to write", divided, s.order.Out)}
	}
	for _, path := range others {
		if path == own {
			continue
		}
		other, err := readManifest(path)
		if err == nil && other != nil && other.Work != s.work {
			err = &QueryError{fmt.Errorf("%s: is of other spectra, options or priors, or by another version; remove the parts beside %s, or name another file to write", path, s.order.Out)}
		}
		return nil, err // one stands for all: it was compared with those before it
	}
	return nil, nil
}

var digits = regexp.MustCompile(`^[0-9]+$`)

// otherParts returns the manifests of all parts that are done and, if there is one, that of a part of
// another number of parts.
func (s *stream) otherParts() (list []string, divided string, err error) {
	all := s.order
	all.Part = 0
	first := manifestPath(all.ofPart(s.whole))
	entries, err := os.ReadDir(filepath.Dir(first))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", nil
	}
	begin, end, _ := strings.Cut(filepath.Base(first), "-00000-of-")
	for _, e := range entries {
		name, ours := strings.CutPrefix(e.Name(), begin+"-")
		number, of, _ := strings.Cut(name, "-of-")
		parts, isManifest := strings.CutSuffix(of, manifestEnding)
		if !ours || !isManifest || !digits.MatchString(number) || !digits.MatchString(parts) {
			continue
		}
		path := filepath.Join(filepath.Dir(first), e.Name())
		if of == end {
			list = append(list, path)
		} else {
			divided = path
		}
	}
	return list, divided, err
}

// conclude notes how fast the spectra were repaired, and writes the manifest.
func (s *stream) conclude(ended time.Time) error {
	r := s.result
	r.Manifest = manifestPath(s.order.Out)
	m := ReconstructionManifest{s.work, r, 0, s.order.Options, s.began.UTC(), ended.UTC(), Version(), store.ThisSystem()}
	if info, err := os.Stat(s.order.Out); err == nil && info.Mode().IsRegular() {
		m.Bytes = info.Size()
	}
	return durable.WriteFile(r.Manifest, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(m)
	})
}
