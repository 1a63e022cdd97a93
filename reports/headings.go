package reports

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"sedlab/internal/record"
)

// distinguish adds to titles of figures that would read the same what the
// figures differ in. A title that the spec gives stays as it is.
func distinguish(sections []section) {
	same := map[string][]*section{}
	for i := range sections {
		if s := &sections[i]; s.drawn != nil && s.figure.Title == "" {
			same[s.drawn.title] = append(same[s.drawn.title], s)
		}
	}
	for _, group := range same {
		common := map[string]int{}
		for _, s := range group {
			for _, c := range s.figure.choices() {
				common[c]++
			}
		}
		for _, s := range group {
			own := slices.DeleteFunc(s.figure.choices(), func(c string) bool { return common[c] == len(group) })
			if len(own) > 0 {
				s.drawn.title += ", " + strings.Join(own, ", ")
			}
		}
	}
}

// choices are what a figure shows of the rows, and how.
func (f Figure) choices() (list []string) {
	if f.Prior != "" {
		list = append(list, "prior "+f.Prior)
	}
	for _, column := range slices.Sorted(maps.Keys(f.Where)) {
		list = append(list, keyOf(column)+" = "+chosen(f.Where[column]))
	}
	if f.Rows != "" {
		list = append(list, "by "+keyOf(f.Rows))
	}
	if f.Scale != "" && f.Scale != "auto" {
		list = append(list, f.Scale+" scale")
	}
	if f.DropBeyondIQR > 0 {
		list = append(list, fmt.Sprintf("within %s × IQR", format(f.DropBeyondIQR)))
	}
	return list
}

// chosen writes the value of a condition, or its list of values.
func chosen(want any) string {
	values, ok := want.([]any)
	if !ok {
		values = []any{want}
	}
	var names []string
	for _, v := range values {
		names = append(names, category("", record.Plain(v)))
	}
	return strings.Join(names, " or ")
}
