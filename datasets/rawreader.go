package datasets

import (
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"sedlab/datasets/spectra"
	"sedlab/internal/regular"
)

// RawReader reads files of spectra one after the other.
type RawReader struct {
	options spectra.Options
	skip    bool // files that cannot be read
	table   map[string]tableRow
	used    map[string]bool // names in the table that spectra have
	extra   string          // the hash of the table; empty if there is none
	Sums    []string        // the identity of each file that was read or skipped
}

// Reader returns a reader of c's files.
func (c *SpectraConfig) Reader(ctx context.Context) (*RawReader, error) {
	r := &RawReader{options: c.Options, skip: c.SkipBroken, used: map[string]bool{}}
	if c.Table == "" {
		return r, nil
	}
	err := withHashed(ctx, c.Table, func(h *hashed) (err error) {
		r.extra = h.SHA256
		r.table, err = readTable(io.NewSectionReader(h, 0, h.size))
		return err
	})
	return r, inputError(ctx, InputError{Source: Spectra.Name, Path: c.Table}, err)
}

// withHashed calls use with the content of a file.
func withHashed(ctx context.Context, path string, use func(*hashed) error) error {
	f, info, err := regular.Open(path)
	if err != nil {
		return err
	}
	defer f.Close() // opened for reading only
	h, err := newHashed(ctx, f, info.Size())
	if err != nil {
		return err
	}
	return use(h)
}

// Read reads the spectra of a file. It calls add for each, and drop for those that cannot be
// used, or for the file if it is skipped. An error is an *InputError, or ctx's own.
func (r *RawReader) Read(ctx context.Context, path string, add func(*spectra.Spectrum) error, drop func(Dropped)) error {
	sum := unreadable
	err := r.read(ctx, path, func(each func(iter.Seq2[*spectra.Spectrum, error]) error) error {
		return withHashed(ctx, path, func(h *hashed) error {
			sum = h.SHA256
			return each(spectra.ReadFrom(ctx, path, h, h.size, r.options))
		})
	}, add, drop)
	if err == nil {
		r.Sums = append(r.Sums, identityOf(path, sum))
	}
	return err
}

// ReadGroups is Read of some row groups of a Parquet file, which is not hashed: most of it would be
// read for nothing.
func (r *RawReader) ReadGroups(ctx context.Context, path string, groups spectra.GroupRange, add func(*spectra.Spectrum) error, drop func(Dropped)) error {
	return r.read(ctx, path, func(each func(iter.Seq2[*spectra.Spectrum, error]) error) error {
		f, before, err := regular.Open(path)
		if err != nil {
			return err
		}
		defer f.Close() // opened for reading only
		if err := each(spectra.ReadGroups(ctx, path, f, before.Size(), r.options, groups)); err != nil {
			return err
		}
		after, err := f.Stat()
		if err == nil && (after.Size() != before.Size() || !after.ModTime().Equal(before.ModTime())) {
			err = errChanged
		}
		return err
	}, add, drop)
}

// read reads the spectra that open passes on.
func (r *RawReader) read(ctx context.Context, path string, open func(func(iter.Seq2[*spectra.Spectrum, error]) error) error, add func(*spectra.Spectrum) error, drop func(Dropped)) error {
	row := 0
	var added error
	err := open(func(all iter.Seq2[*spectra.Spectrum, error]) error {
		for s, err := range all {
			bad := new(spectra.BadSpectrum)
			switch {
			case errors.As(err, &bad):
				row++
				drop(Dropped{bad.Name, path, bad.Row, bad.Reason, UnreadSpectrum})
				continue
			case err != nil:
				return err
			}
			row++
			r.complete(s)
			if added = add(s); added != nil {
				return added
			}
		}
		return nil
	})
	if r.skip && err != nil && added == nil && ctx.Err() == nil && broken(err) {
		drop(brokenFile(path, row, err))
		err = nil
	}
	return inputError(ctx, InputError{Source: Spectra.Name, Path: path}, err)
}

// SHA256 returns what identifies all that was read; see SpectraConfig.Identify.
func (r *RawReader) SHA256() string {
	all := sha256.New()
	for _, sum := range r.Sums {
		io.WriteString(all, sum+"\n") // a hash accepts everything
	}
	if r.extra != "" {
		io.WriteString(all, r.extra+"\n")
	}
	return hex.EncodeToString(all.Sum(nil))
}

// tableRow is what a table says about a spectrum. Unknown numbers are NaN.
type tableRow struct {
	redshift, ebv float64
	group         string
}

// complete takes over what the table says of the spectrum, or else of its file.
func (r *RawReader) complete(s *spectra.Spectrum) {
	base := filepath.Base(s.File)
	for _, name := range []string{s.Name, base, strings.TrimSuffix(base, filepath.Ext(base))} {
		row, ok := r.table[name]
		if !ok {
			continue
		}
		r.used[name] = true
		if !math.IsNaN(row.redshift) {
			s.Redshift = row.redshift
		}
		if !math.IsNaN(row.ebv) {
			s.EBV = row.ebv
		}
		if row.group != "" {
			s.Group = row.group
		}
		return
	}
}

// Unmatched returns the number of rows of the table that are about none of the spectra read so
// far, and that of all rows.
func (r *RawReader) Unmatched() (n, rows int) { return len(r.table) - len(r.used), len(r.table) }

// tableColumns are the columns that a table may have.
var tableColumns = []string{"name", "redshift", "ebv", "group"}

// readTable reads a CSV file with a header.
func readTable(in io.Reader) (map[string]tableRow, error) {
	lines := csv.NewReader(in)
	lines.ReuseRecord = true
	header, err := lines.Read()
	if err != nil {
		return nil, fmt.Errorf("no header: %w; expected columns %s", err, strings.Join(tableColumns, ", "))
	}
	at := map[string]int{}
	for i, name := range header {
		at[strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\uFEFF")))] = i
	}
	if _, ok := at["name"]; !ok {
		return nil, fmt.Errorf("no column \"name\"; the columns are %s", strings.Join(header, ", "))
	}
	if !slices.ContainsFunc(tableColumns[1:], func(name string) bool { _, ok := at[name]; return ok }) {
		return nil, fmt.Errorf("no column redshift, ebv or group; the columns are %s", strings.Join(header, ", "))
	}
	table := map[string]tableRow{}
	for {
		fields, err := lines.Read()
		if errors.Is(err, io.EOF) {
			return table, nil
		}
		if err != nil {
			return nil, err // with the line
		}
		line, _ := lines.FieldPos(0)
		field := func(column string) string {
			if i, ok := at[column]; ok {
				return strings.TrimSpace(fields[i])
			}
			return ""
		}
		row := tableRow{group: strings.Clone(field("group"))}
		for column, v := range map[string]*float64{"redshift": &row.redshift, "ebv": &row.ebv} {
			if *v, err = numberOf(field(column)); err != nil {
				return nil, fmt.Errorf("line %d: column %s: %w", line, column, err)
			}
		}
		name := strings.Clone(field("name"))
		if _, again := table[name]; again {
			return nil, fmt.Errorf("line %d: name %.40q is repeated; expected each once", line, name)
		}
		table[name] = row
	}
}

// numberOf returns a finite number, or NaN for an empty text.
func numberOf(text string) (float64, error) {
	if text == "" {
		return math.NaN(), nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || v-v != 0 {
		return 0, fmt.Errorf("got %.40q; expected a finite number", text)
	}
	return v, nil
}
