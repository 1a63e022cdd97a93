package spec

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"sedlab/experiments"
	"sedlab/internal/yamlpos"
)

// Errors is everything that is wrong with a spec. Its Print quotes the lines.
type Errors = yamlpos.Errors

// Load reads a spec: a path to a YAML file, or the name of one of the specs
// under experiments/. Its error is an *Errors.
func Load(nameOrPath string, opt Options) (*File, error) {
	text, filename, err := read(nameOrPath)
	if err != nil {
		var errs Errors
		errs.Add(yamlpos.Pos{Origin: nameOrPath}, "", "%v", err)
		return nil, &errs
	}
	return Parse(text, filename, opt)
}

func read(nameOrPath string) (text []byte, filename string, err error) {
	if slices.Contains(experiments.Names(), nameOrPath) {
		text, err = fs.ReadFile(experiments.FS, nameOrPath+".yaml")
		return text, "experiments/" + nameOrPath + ".yaml", err
	}
	file, err := os.Open(nameOrPath)
	if errors.Is(err, fs.ErrNotExist) && filepath.Ext(nameOrPath) == "" {
		return nil, "", errors.New("neither a file nor a spec that ships with sedlab; " +
			yamlpos.Instead(nameOrPath, experiments.Names()))
	}
	if err != nil {
		return nil, "", errors.Unwrap(err) // the path is the error's place
	}
	defer file.Close()
	text, err = io.ReadAll(io.LimitReader(file, yamlpos.MaxBytes+1))
	return text, nameOrPath, err
}

// Parse reads a spec from a file's content. Its error is an *Errors.
func Parse(text []byte, filename string, opt Options) (*File, error) {
	errs := &Errors{}
	root := yamlpos.Parse(text, filename, errs)
	if root == nil || root.Kind != yamlpos.Mapping {
		if root != nil {
			errs.Add(root.Pos, "", "%s; expected keys such as name, priors and problem", root.Got())
		}
		return nil, errs
	}
	r := newReader(opt, errs)
	for _, assignment := range opt.Sets {
		root = r.set(root, assignment)
	}
	f := &File{Header: newHeader(string(text)), Filename: filename, root: root}
	r.file(f)
	if err := errs.Err(); err != nil {
		return nil, err
	}
	return f, nil
}

// file decodes the tree of a file. Points are made only of a spec in which
// every value by itself is right.
func (r *reader) file(f *File) {
	f.fields = r.keys(f.root)
	f.Base = r.spec(f.root)
	f.Blocks = r.sweep(f.root.Child("sweep"), f.fields)
	if r.yaml.Errs.Len() == 0 && r.bounded(f.root.Place("sweep"), f.Blocks, f.Base) {
		f.points = r.makePoints(f)
	}
	f.Base.Report = r.report(f.root.Child("report"))
	r.checkFigures(f)
}
