package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"sedlab/framework/reconstruct"
	"sedlab/framework/runner"
	"sedlab/internal/durable"
	"sedlab/internal/kind"
	"sedlab/internal/regular"
	"sedlab/internal/safetensors"
	"sedlab/internal/yamlpos"
	"sedlab/priors"
)

// calibrationVersion is raised whenever calibrations of the same prior change.
const calibrationVersion = 4

// calibrationFile is the file of a calibration in the cache.
const calibrationFile = "calibration.safetensors"

// Prior is a trained prior that is ready to reconstruct spectra; see its method Reconstruct.
type Prior struct {
	*reconstruct.Model
	about savedPrior
}

// savedPrior is what a prior's file says about it, besides its tensors.
type savedPrior struct {
	Run    string          `json:"run,omitempty"`
	Name   string          `json:"name"`
	Kind   string          `json:"kind"`
	Keys   json.RawMessage `json:"keys"`
	Method string          `json:"method"`
	Solver json.RawMessage `json:"solver"`
	Seed   uint64          `json:"seed"`
}

const savedKey = "sedlab"

// String names the prior for people.
func (m *Prior) String() string {
	if m.about.Run == "" {
		return m.about.Name
	}
	return m.about.Name + " of " + m.about.Run
}

// state returns the prior and its calibration as one file.
func (m *Prior) state() (*safetensors.File, error) {
	keeper, ok := m.Prior.(priors.Keeper)
	if !ok {
		return nil, fmt.Errorf("prior %s: its kind cannot be saved to files", m.about.Name)
	}
	text, err := json.Marshal(m.about)
	if err != nil {
		return nil, err
	}
	state := keeper.State()
	f := &safetensors.File{Metadata: map[string]string{savedKey: string(text)}, Tensors: append(m.Tensors(), state.Tensors...)}
	for k, v := range state.Metadata {
		f.Metadata[k] = v
	}
	return f, nil
}

// save writes the prior to a file.
func (m *Prior) save(path string) error {
	f, err := m.state()
	if err != nil {
		return err
	}
	return durable.WriteFile(path, func(w io.Writer) error { return safetensors.Write(w, f) })
}

// id identifies all of the prior that results depend on.
func (m *Prior) id() (string, error) {
	f, err := m.state()
	if err != nil {
		return "", err
	}
	all := sha256.New()
	if err := safetensors.Write(all, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(all.Sum(nil)), nil
}

// Prior returns the prior that RUN, RUN:NAME or a file names, calibrated. The error may be a
// *store.FindError, a *QueryError, a *runner.AbsentError, an *InputError, or a *LaterError if this
// machine lacks the kernel of the run, with which the prior is calibrated.
func (a *App) Prior(ctx context.Context, ref string, e Events) (*Prior, error) {
	e = orQuiet(e)
	if isPriorFile(ref) {
		return a.openModel(ref)
	}
	run, name := splitPrior(ref)
	return a.modelOf(ctx, run, name, e)
}

// splitPrior returns the parts of RUN:NAME or RUN.
func splitPrior(ref string) (run, name string) {
	if i := strings.LastIndexByte(ref, ':'); i >= 0 {
		return ref[:i], ref[i+1:]
	}
	return ref, ""
}

// isPriorFile reports whether a reference to a prior names a file.
func isPriorFile(ref string) bool {
	info, err := os.Stat(ref)
	return err == nil && info.Mode().IsRegular()
}

// openModel reads the file of a prior.
func (a *App) openModel(path string) (*Prior, error) {
	fail := func(err error) (*Prior, error) { return nil, &InputError{Path: path, Err: err} }
	data, err := regular.Read(path, runner.MaxPriorFile)
	if err != nil {
		return fail(err)
	}
	file, err := safetensors.Parse(data)
	if err != nil {
		return fail(fmt.Errorf("is not a prior written by sedlab reconstruct --save-prior: %w", err))
	}
	text, ok := file.Metadata[savedKey]
	if !ok {
		return fail(errors.New("is not a prior written by sedlab reconstruct --save-prior"))
	}
	m := &Prior{Model: new(reconstruct.Model)}
	if err := json.Unmarshal([]byte(text), &m.about); err != nil {
		return fail(fmt.Errorf("metadata %q: %w", savedKey, err))
	}
	config, err := decoded(a.catalog.Priors, m.about.Kind, m.about.Keys)
	if err != nil {
		return fail(fmt.Errorf("prior: %w", err))
	}
	opener, ok := config.(priors.Opener)
	if !ok {
		return fail(fmt.Errorf("prior: kind %s cannot be read from files", m.about.Kind))
	}
	if m.Solver, err = decoded(a.catalog.Solvers, m.about.Method, m.about.Solver); err != nil {
		return fail(fmt.Errorf("solver: %w", err))
	}
	state, rest := reconstruct.Split(file)
	if err := m.SetTensors(rest); err != nil {
		return fail(err)
	}
	prior, err := kind.Try("kind "+m.about.Kind, func() (priors.Prior, error) { return opener.Open(state) })
	if err != nil {
		return fail(err)
	}
	if prior.Dim() != len(m.Wavelength) {
		return fail(fmt.Errorf("the prior has %d fluxes, and the grid %d wavelengths", prior.Dim(), len(m.Wavelength)))
	}
	m.Prior, m.Seed = prior, m.about.Seed
	return m, nil
}

// decoded returns a config of the named kind, with keys given as JSON.
func decoded[C any](kinds []kind.Kind[C], name string, keys json.RawMessage) (c C, err error) {
	i := slices.IndexFunc(kinds, func(k kind.Kind[C]) bool { return k.Name == name })
	if i < 0 {
		return c, fmt.Errorf("kind %.40q is unknown to this program", name)
	}
	c = kinds[i].New()
	errs := new(yamlpos.Errors)
	d := yamlpos.Decoder{Errs: errs}
	n := yamlpos.ParseValue(string(keys), "keys", errs)
	if errs.Err() == nil {
		d.Decode(n, "", c)
	}
	return c, errs.Err()
}

// modelOf returns a prior of a run, calibrated. Calibrations are kept in the cache.
func (a *App) modelOf(ctx context.Context, run, name string, e Events) (_ *Prior, err error) {
	r, err := a.recorded(run, nil)
	if err != nil {
		return nil, err
	}
	restore, err := useKernel(r)
	if err != nil {
		return nil, &LaterError{&UnfitError{err}}
	}
	defer restore()
	c, err := a.cachesOf(r).open(ctx, e)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	cell, t, err := priorIn(ctx, r, name, c)
	if err != nil {
		return nil, err
	}
	e.Loading(t.Dataset.Source.Kind.Name)
	trained, err := runner.Open(ctx, t, c)
	if err != nil {
		return nil, err
	}
	if trained.Set.Dim() < 2 {
		return nil, &QueryError{fmt.Errorf("run %s has signals of one flux; expected at least 2", r.ID)}
	}
	m := &Prior{
		Model: &reconstruct.Model{Prior: cell.Prior.WithSearch(trained.Prior.Prior), Wavelength: trained.Set.Wavelength, Solver: cell.Prior.Solver.Config, Seed: t.Seeds.Solver},
		about: savedPrior{
			Run: r.ID, Name: cell.Prior.Name, Kind: cell.Prior.Kind.Name, Method: cell.Prior.Solver.Kind.Name, Seed: t.Seeds.Solver,
			Keys: jsonKeys(cell.Prior.Config), Solver: jsonKeys(cell.Prior.Solver.Config),
		},
	}
	return m, a.calibrate(ctx, c, m, cell.Prior, t, trained, e)
}

// jsonKeys returns the keys of a config, without the file that a training began with.
func jsonKeys(config any) json.RawMessage {
	keys := yamlpos.Encode(config)
	if s, ok := config.(priors.Starter); ok {
		_, file := s.StartsFrom()
		keys = keys.Without(file)
	}
	text, err := keys.MarshalJSON()
	if err != nil {
		panic(err) // a decoded config can be encoded
	}
	return text
}
