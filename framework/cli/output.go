package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"sedlab/framework/app"
	"sedlab/framework/spec"
	"sedlab/internal/escape"
)

// runNames explains RUN in a command's help.
const runNames = "RUN is a folder, an id or its beginning, or latest."

func (t *terminal) jsonFlag(c *cobra.Command) {
	c.Flags().BoolVar(&t.json, "json", false, "print the result as JSON")
}

func (t *terminal) runsFlag(c *cobra.Command) {
	c.Flags().StringVar(&t.app.Runs, "runs", "runs", "`folder` of the run folders")
}

func (t *terminal) cacheFlag(c *cobra.Command) {
	c.Flags().StringArrayVar(&t.app.Caches, "cache", nil, "`folder` of the cache, instead of the folder cache in --runs; may be repeated: the first that can be written takes what is new, the others are only read")
}

// memoryFlag adds --max-memory.
func (t *terminal) memoryFlag(c *cobra.Command) {
	c.Flags().Func("max-memory", "refuse what needs more memory than this `size`, such as 8GB, and let data sets take as much (default: what the machine has, and for data sets a multiple of their file)", func(text string) (err error) {
		t.app.MaxMemory, err = parseBytes(text)
		return err
	})
}

func (t *terminal) specFlags(c *cobra.Command, ref *app.SpecRef) {
	t.refs[c] = ref
	t.editFlags(c, &ref.Edits)
	c.Flags().UintVar(&ref.MaxCells, "max-cells", spec.MaxCells, "refuse a sweep with more cells than this")
}

// editFlags adds --set and --unset.
func (t *terminal) editFlags(c *cobra.Command, edits *[]spec.Edit) {
	for _, flag := range []struct{ name, help string }{ // both flags add to one list, in the order given
		{"set", "set a value of the spec, `key=value`, or add to a list, key+=[value]; may be repeated"},
		{"unset", "remove a `key` from the spec, so that its default applies; may be repeated"},
	} {
		c.Flags().Func(flag.name, flag.help, func(text string) error {
			*edits = append(*edits, spec.Edit{Origin: "--" + flag.name, Text: text, Unset: flag.name == "unset"})
			return nil // the edit is checked with the spec
		})
	}
}

// show writes a result to w: as JSON, or for people by calling text.
func show[T any](t *terminal, w io.Writer, v T, text func(io.Writer, T)) error {
	if t.json {
		return printJSON(w, v)
	}
	var out bytes.Buffer
	text(&out, v)
	_, err := w.Write(out.Bytes())
	return err
}

// answering completes a command that gets one result and prints it. get may return a
// result even with an error; the result is printed first.
func answering[T any](t *terminal, c *cobra.Command, get func(context.Context, []string) (T, error), text func(io.Writer, T)) *cobra.Command {
	t.jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		v, err := get(c.Context(), args)
		if err != nil && reflect.ValueOf(&v).Elem().IsZero() {
			return err
		}
		return errors.Join(err, show(t, t.stdout, v, text))
	}
	return c
}

func printJSON(w io.Writer, v any) error {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := io.WriteString(w, escape.JSON(out.String()))
	return err
}

// printJSONLine prints a value as one line of JSON.
func printJSONLine(w io.Writer, v any) error {
	line, err := json.Marshal(v)
	if err == nil {
		_, err = io.WriteString(w, escape.JSON(string(line))+"\n")
	}
	return err
}

// table writes lines of tab-separated cells as columns.
func table(out io.Writer, write func(w io.Writer)) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	write(w)
	_ = w.Flush() // out keeps its error
}

// plural counts things: 1 cell, 2 cells, 3 entries.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %s", n, strings.Replace(noun+"s", "ys", "ies", 1))
}

// localTime writes a time as a person reads it, or a dash for none.
func localTime(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Local().Format("2006-01-02 15:04")
}

// span writes seconds with as many digits as an estimate deserves.
func span(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	switch {
	case d < 10*time.Second:
		return d.Round(100 * time.Millisecond).String()
	case d < 10*time.Minute:
		return d.Round(time.Second).String()
	}
	return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
}

// byteCount writes a number of bytes with three digits.
func byteCount(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	value, unit := float64(n)/1000, 0
	for value >= 999.5 && unit < len("kMGTP")-1 {
		value, unit = value/1000, unit+1
	}
	return fmt.Sprintf("%.3g %cB", value, "kMGTP"[unit])
}

// short writes a number with as many digits as a table needs.
func short(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }

// orDash writes a value, or a dash for none.
func orDash[T any](v *T, text func(T) string) string {
	if v == nil {
		return "-"
	}
	return text(*v)
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// units are those of parseBytes.
var units = []struct {
	name string
	size float64
}{{"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40}}

// parseBytes reads a size such as 500MB or 1.5GiB.
func parseBytes(text string) (int64, error) {
	for _, u := range units {
		number, ok := strings.CutSuffix(text, u.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if bytes := n * u.size; err == nil && bytes >= 1 && bytes < 1<<62 {
			return int64(bytes), nil
		}
	}
	return 0, fmt.Errorf("%s: must be a size such as 500MB or 8GiB", text)
}

func printLines(out io.Writer, lines []string) {
	for _, line := range lines {
		fmt.Fprintln(out, line)
	}
}
