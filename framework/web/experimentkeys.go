package web

import (
	"slices"
	"strings"

	"sedlab/framework/app"
	"sedlab/framework/spec"
)

// group arranges the keys: first those that the spec writes, then the others by section.
func (p *experimentPage) group(a *app.App, keys []app.Key, edits []spec.KeyText) error {
	explained, err := explain(a, p.Name)
	if err != nil {
		return err
	}
	p.Groups = []keyGroup{{Name: "Set in this spec, or in those that it extends", Open: true}}
	for _, key := range keys {
		k := newOverride(key, explained)
		for _, e := range edits {
			if e.Key == key.Key {
				k.Edit = e.Text
			}
		}
		section, _, below := strings.Cut(key.Key, ".")
		if section == "priors" {
			name, _, _ := strings.Cut(strings.TrimPrefix(key.Key, "priors."), ".")
			section += "." + name
		}
		name := "Defaults: " + section
		if !below {
			name = "Defaults"
		}
		if k.Written {
			name = p.Groups[0].Name
		}
		i := slices.IndexFunc(p.Groups, func(g keyGroup) bool { return g.Name == name })
		if i < 0 {
			i = len(p.Groups)
			p.Groups = append(p.Groups, keyGroup{Name: name})
		}
		g := &p.Groups[i]
		g.Keys, g.Open = append(g.Keys, k), g.Open || k.Edit != ""
	}
	return nil
}

// explain returns the values of a spec's keys and of the entries of its sweep.
func explain(a *app.App, name string) (map[string]app.Explained, error) {
	all, err := a.Explain(app.SpecRef{Name: name}, "")
	if err != nil {
		return nil, err
	}
	if swept, err := a.Explain(app.SpecRef{Name: name}, "sweep"); err == nil { // else there is no sweep
		all = append(all, swept...)
	}
	by := map[string]app.Explained{}
	for _, e := range all {
		by[e.Key] = e
	}
	return by, nil
}

func newOverride(key app.Key, explained map[string]app.Explained) overrideKey {
	k := overrideKey{Key: key, Query: editPrefix + key.Key, Fixed: key.File}
	k.ID = "k-" + key.Key
	if len(key.Choices) > 0 {
		k.ListID = "c-" + key.Key
	}
	e, known := explained[key.Key]
	if !known {
		k.From = "not set"
		return k
	}
	k.Now, k.From, k.Range, k.Default, k.Unit = string(e.Value), e.From, e.Range, string(e.Default), e.Unit
	k.Written = e.From != "default"
	return k
}
