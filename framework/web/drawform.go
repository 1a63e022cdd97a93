package web

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"sedlab/framework/app"
	"sedlab/framework/spec"
)

// askedFigure is a figure that a query asks for.
type askedFigure struct {
	kind string
	keys []spec.KeyText
}

// Limits of a query for a figure.
const (
	mostFilters = 50
	longestText = 1000
)

// askedIn reads which figure a query asks for: by default the first of the run's report.
func askedIn(q url.Values, form *app.FigureForm) (a askedFigure, err error) {
	for key, values := range q {
		for _, v := range values {
			if len(v) > longestText || len(key) > longestText {
				return a, &badRequest{errors.New("a value is too long")}
			}
		}
	}
	if a.kind = q.Get("figure"); a.kind == "" {
		if len(form.Own) > 0 {
			return askedFigure{form.Own[0].Kind, form.Own[0].Keys}, nil
		}
		a.kind = form.Kinds[0].Name
	}
	kind := kindOf(form, a.kind)
	for _, k := range kind.Keys {
		if k.Where {
			a.keys = append(a.keys, whereIn(q, k.Name)...)
			continue
		}
		text := q.Get(k.Name)
		if text == "" {
			text = k.Suggested
		}
		if text != "" {
			a.keys = append(a.keys, spec.KeyText{Key: k.Name, Text: text})
		}
	}
	if len(a.keys) > mostFilters {
		return a, &badRequest{errors.New("there are too many filters")}
	}
	return a, nil
}

// whereIn returns the conditions of a query, sorted by key.
func whereIn(q url.Values, name string) (keys []spec.KeyText) {
	for key := range q {
		if strings.HasPrefix(key, name+".") && q.Get(key) != "" {
			keys = append(keys, spec.KeyText{Key: key, Text: q.Get(key)})
		}
	}
	slices.SortFunc(keys, func(a, b spec.KeyText) int { return strings.Compare(a.Key, b.Key) })
	return keys
}

// kindOf returns the kind of figure with a name, or one without keys.
func kindOf(form *app.FigureForm, name string) app.FigureKind {
	i := slices.IndexFunc(form.Kinds, func(k app.FigureKind) bool { return k.Name == name })
	if i < 0 {
		return app.FigureKind{Name: name}
	}
	return form.Kinds[i]
}

// text returns what is asked for a key.
func (a askedFigure) text(key string) string {
	for _, k := range a.keys {
		if k.Key == key {
			return k.Text
		}
	}
	return ""
}

// query returns the query that asks for a figure.
func (a askedFigure) query() string {
	q := url.Values{"figure": {a.kind}}
	for _, k := range a.keys {
		q.Set(k.Key, k.Text)
	}
	return q.Encode()
}

// withoutFilter returns the figure of all rows.
func (a askedFigure) withoutFilter(kind app.FigureKind) askedFigure {
	filters := func(k spec.KeyText) bool {
		return slices.ContainsFunc(kind.Keys, func(f app.FigureKey) bool { return f.Where && strings.HasPrefix(k.Key, f.Name+".") })
	}
	return askedFigure{a.kind, slices.DeleteFunc(slices.Clone(a.keys), filters)}
}

// fill fills in the form.
func (p *drawPage) fill(form *app.FigureForm, a askedFigure) {
	kind := kindOf(form, a.kind)
	p.Doc = kind.Doc
	if all := a.withoutFilter(kind); len(all.keys) < len(a.keys) {
		p.Unfiltered = runPath(p.ID) + "/draw?" + all.query()
	}
	for _, k := range form.Kinds {
		p.Kinds = append(p.Kinds, option{k.Name, k.Name, k.Name == a.kind})
	}
	for _, k := range kind.Keys {
		if k.Where {
			p.Filters = filterFields(k, form.Filters, a, slices.ContainsFunc(kind.Keys, func(k app.FigureKey) bool { return k.Name == "prior" }))
			continue
		}
		p.Fields = append(p.Fields, drawField{FigureKey: k, Query: k.Name, Value: a.text(k.Name), Options: optionsOf(k, a.text(k.Name))})
	}
	for _, own := range form.Own {
		o := askedFigure{own.Kind, own.Keys}
		p.Own = append(p.Own, ownFigure{own.Line, runPath(p.ID) + "/draw?" + o.query(), o.query() == a.query()})
	}
}

// filterFields returns a field for each filter, and for what else is asked of where. The
// prior needs none if the kind has a key for it.
func filterFields(k app.FigureKey, filters []spec.FigureFilter, a askedFigure, prior bool) (fields []drawField) {
	known := map[string]bool{}
	for _, f := range filters {
		if prior && f.Key == "prior" {
			continue
		}
		key := app.FigureKey{Name: f.Key, Choices: f.Values}
		text := a.text(k.Name + "." + f.Key)
		known[k.Name+"."+f.Key] = true
		options := optionsOf(key, text)
		options[0].Label = "all"
		fields = append(fields, drawField{FigureKey: key, Query: k.Name + "." + f.Key, Value: text, Options: options})
	}
	for _, asked := range a.keys {
		if name, ok := strings.CutPrefix(asked.Key, k.Name+"."); ok && !known[asked.Key] {
			fields = append(fields, drawField{FigureKey: app.FigureKey{Name: name}, Query: asked.Key, Value: asked.Text})
		}
	}
	return fields
}

// optionsOf returns the choices of a key, with its value even if that is none of them.
func optionsOf(k app.FigureKey, value string) (list []option) {
	if k.Choices == nil {
		return nil
	}
	if !k.Required {
		label := "–"
		if k.Default != "" {
			label = k.Default + " (default)"
		}
		list = append(list, option{"", label, value == ""})
	}
	if k.Blank {
		list = append(list, option{`""`, "none", value == `""`})
	}
	for _, c := range k.Choices {
		if c != k.Default || value == c {
			list = append(list, option{c, c, value == c})
		}
	}
	if value != "" && !slices.ContainsFunc(list, func(o option) bool { return o.Chosen }) {
		list = append(list, option{value, value, true})
	}
	return list
}
