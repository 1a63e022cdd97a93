package spec

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"sedlab/experiments"
	"sedlab/internal/regular"
	"sedlab/internal/yamlpos"
)

// Errors holds everything that is wrong with a spec. Its Print quotes the source lines.
type Errors = yamlpos.Errors

// Load reads a spec from a YAML file, or by name one of the specs that ship with sedlab.
// Its error is an *Errors.
func Load(nameOrPath string, opt Options) (*File, error) {
	src, ok := openShipped(nameOrPath)
	if !ok {
		var err error
		src, err = openFile(nameOrPath)
		if errors.Is(err, fs.ErrNotExist) && filepath.Ext(nameOrPath) == "" {
			err = errNoSpec(nameOrPath, experiments.Names())
		}
		if err != nil {
			errs := &Errors{}
			errs.Add(yamlpos.Pos{Origin: nameOrPath}, "", "%v", err)
			return nil, errs
		}
	}
	return newFile(src, opt)
}

// Parse reads a spec from the content of a file. Paths of what it extends are relative
// to the file's folder. Its error is an *Errors.
func Parse(text []byte, filename string, opt Options) (*File, error) {
	return newFile(source{name: filename, id: fileID(filename), text: text}, opt)
}

func newFile(src source, opt Options) (*File, error) {
	errs := &Errors{}
	r := newReader(opt, errs)
	c := composer{reader: r}
	root := c.tree(src, nil)
	if root == nil {
		return nil, errs
	}
	for _, e := range opt.Edits {
		root = r.edit(root, e)
	}
	c.refuseShadowed(root)
	f := &File{Header: newHeader(string(src.text)), Filename: src.name, root: root}
	r.file(f)
	if err := errs.Err(); err != nil {
		return nil, err
	}
	return f, nil
}

// file decodes the tree of a file. It makes points only if every value by itself is
// right. If not, it checks the rest once.
func (r *reader) file(f *File) {
	r.root, f.slots, f.fields = f.root, r.slots, r.fields(f.root)
	f.Base = r.base(f.root)
	f.blocks = r.sweep(f.root.Child("sweep"))
	r.checkSelect(f)
	r.checkHalving(f)
	r.checkMembers(f)
	switch sound := r.yaml.Errs.Added() == 0 && r.bounded(f.root.Place("sweep"), f.blocks, f.Base); {
	case sound && r.opt.Later:
		f.later = newLater(r, f)
	case sound:
		f.points = r.makePoints(f)
		r.checkOverruled(f)
		r.checkSeeds(f)
		r.checkConditions(f)
	case !r.yaml.Partial && !r.yaml.Errs.Full():
		r.checkSound(f)
	}
	f.Base.Report = r.report(f.root.Child("report"))
	if !r.yaml.Partial && !r.opt.Later {
		r.checkFigures(f)
	}
}

// base decodes the spec without its sweep and report.
func (r *reader) base(root *yamlpos.Node) *Spec {
	d := r.document(root)
	list, dataset := r.priors(root), r.dataset(root)
	problem, _ := r.problem(root)
	return &Spec{
		Name: d.Name, Seed: d.Seed, Seeds: d.Seeds.of(d.Seed), seeds: d.Seeds, Dataset: dataset, Priors: list, Problem: problem, Solver: r.solver(root),
		Evaluate: share(r, &d.Evaluate, yamlpos.Encode(d.Evaluate)), Select: d.Select.withPrior(list),
	}
}

// source is the text of one file.
type source struct {
	name    string // for messages
	id      string // equal for equal files, even under different names
	shipped bool
	text    []byte
}

// open reads the spec that a file names under extends. The name is that of a spec that
// ships with sedlab, or else a path from the file's own folder.
func (s source) open(name string) (source, error) {
	if src, ok := openShipped(name); ok {
		return src, nil
	}
	if s.shipped {
		return source{}, errors.New("not a spec that ships with sedlab; " + yamlpos.Instead(name, extendable()))
	}
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(s.name), name)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && filepath.Ext(name) == "":
		return source{}, errNoSpec(name, extendable())
	case err != nil:
		return source{}, errors.Unwrap(err) // the path is known
	case !info.Mode().IsRegular():
		return source{}, errors.New("not a regular file")
	}
	return openFile(path)
}

// extendable returns the names of the shipped specs and of their common bases.
func extendable() []string { return slices.Concat(experiments.Names(), experiments.Bases()) }

func errNoSpec(name string, known []string) error {
	return errors.New("neither a file nor a spec that ships with sedlab; " + yamlpos.Instead(name, known))
}

func openShipped(name string) (source, bool) {
	text, err := fs.ReadFile(experiments.FS, name+".yaml") // an invalid path is an error too
	file := "experiments/" + name + ".yaml"
	return source{name: file, id: "shipped " + name, shipped: true, text: text}, err == nil
}

func openFile(path string) (source, error) {
	file, _, err := regular.Open(path)
	if err != nil {
		return source{}, errors.Unwrap(err) // the path is the error's place
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, yamlpos.MaxBytes+1))
	return source{name: path, id: fileID(path), text: text}, err
}

// fileID returns the file's path without links, or the path itself if it has none.
func fileID(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	return path
}
