package app_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"sedlab/framework/app"
	"sedlab/framework/spec"
	"sedlab/framework/store"
)

// A replay that cannot be compared is refused before anything is computed.
func TestReplayReadsThePlanFirst(t *testing.T) {
	a, ref := open(t, small)
	r, err := a.Run(t.Context(), ref, app.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(r.Dir, store.PlanFile), []byte("{"), 0o666); err != nil {
		t.Fatal(err)
	}
	events := &recorder{}
	if _, err := a.Replay(t.Context(), r.ID, nil, app.RunOptions{Events: events}); err == nil || len(events.loaded)+events.epochs+len(events.cells) > 0 {
		t.Errorf("error %v after %+v", err, events)
	}
}

func TestPlanSaysWhyDataAreUnread(t *testing.T) {
	a, ref := open(t, small)
	for path, want := range map[string]bool{"": false, "/nowhere.npz": true} {
		if ref.Edits = nil; path != "" {
			ref.Edits = []spec.Edit{{Origin: "--set", Text: "dataset={source: npz, path: " + path + "}"}}
		}
		p, err := a.Plan(t.Context(), ref, app.PlanOptions{})
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var got struct{ Unread string }
		if err := json.Unmarshal(text, &got); err != nil || (got.Unread != "") != want {
			t.Errorf("data %q: unread %q, %v", path, got.Unread, err)
		}
	}
}
