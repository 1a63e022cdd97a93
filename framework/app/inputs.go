package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sedlab/datasets"
	"sedlab/framework/cache"
	"sedlab/framework/repaired"
	"sedlab/framework/spec"
)

// inputsOf returns the files of spectra to be read, without what belongs to the results out. It
// refuses what checkInputs does.
func inputsOf(source *datasets.SpectraConfig, out string) ([]string, error) {
	files, err := filesOf(source, out)
	if err != nil {
		return nil, err
	}
	return files, checkInputs(source, files, out)
}

// filesOf returns the files of spectra that are named, without the manifest and the unfinished
// results of out.
func filesOf(source *datasets.SpectraConfig, out string) ([]string, error) {
	files, err := source.Files()
	if err != nil {
		return nil, &InputError{Source: datasets.Spectra.Name, Err: err}
	}
	files = slices.DeleteFunc(files, func(path string) bool {
		return sameFile(path, partOf(out)) || sameFile(path, manifestPath(out))
	})
	if len(files) == 0 {
		return nil, &InputError{Source: datasets.Spectra.Name, Err: errors.New("no file named")}
	}
	return files, nil
}

// checkInputs refuses results of sedlab, unless the column of fluxes is named, and to replace what
// is read.
func checkInputs(source *datasets.SpectraConfig, files []string, out string) error {
	for _, path := range files {
		if source.Columns.Flux == "" && repaired.Written(path) {
			return &InputError{Source: datasets.Spectra.Name, Path: path, Err: errors.New("holds repaired spectra; leave it out, or read what was measured: --set 'dataset.columns={flux: original}'")}
		}
	}
	return keepInputs(append([]string{source.Table}, files...), out)
}

// keepInputs refuses to write a file that is an input too.
func keepInputs(inputs []string, out string) error {
	for _, path := range inputs {
		if sameFile(path, out) {
			return &QueryError{fmt.Errorf("%s: is read, and cannot be written too; name another file to write", out)}
		}
	}
	return nil
}

// keepFolder refuses to write files with some endings into a folder from which such files are read.
func keepFolder(inputs []string, folder string, endings ...string) error {
	for _, path := range inputs {
		if slices.Contains(endings, strings.ToLower(filepath.Ext(path))) && sameFile(filepath.Dir(path), folder) {
			return &QueryError{fmt.Errorf("%s: files written here might replace %s, which is read; name another folder", folder, path)}
		}
	}
	return nil
}

func sameFile(a, b string) bool {
	first, err1 := os.Stat(a)
	second, err2 := os.Stat(b)
	return err1 == nil && err2 == nil && os.SameFile(first, second)
}

// workOf names what is read: by the program, the steps, the content of the table, and the files
// with their sizes and times.
func workOf(ctx context.Context, d *spec.Dataset, files []string) (string, error) {
	source := d.Source.Config.(*datasets.SpectraConfig)
	all := sha256.New()
	program, err := json.Marshal(Version())
	if err != nil {
		return "", err
	}
	fmt.Fprintf(all, "%s\n%s\n", program, d.JSON())
	if table := source.Table; table != "" {
		sum, err := cache.HashFile(ctx, table)
		if err != nil {
			return "", &InputError{Source: d.Source.Kind.Name, Path: table, Err: err}
		}
		fmt.Fprintln(all, sum)
	}
	for _, path := range files {
		if source.Skips(path) {
			fmt.Fprintf(all, "%q\n", path) // if it can be opened next time, the work is another one
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			return "", &InputError{Source: d.Source.Kind.Name, Path: path, Err: err}
		}
		fmt.Fprintf(all, "%q %d %d\n", path, info.Size(), info.ModTime().UnixNano())
	}
	return hex.EncodeToString(all.Sum(nil)), nil
}

// noteUnmatched counts the rows of a table that are about none of the spectra, if all were read.
func noteUnmatched(d *spec.Dataset, r *datasets.RawReader, all bool, e Events) {
	if n, rows := r.Unmatched(); all && n > 0 {
		e.Note(fmt.Sprintf("%d of %d rows of %s match no spectrum", n, rows, d.Source.Config.(*datasets.SpectraConfig).Table))
	}
}

// hashed returns the hash of texts.
func hashed(texts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(texts, "\n")))
	return hex.EncodeToString(sum[:])
}
