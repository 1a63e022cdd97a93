package priors_test

import (
	"strings"
	"testing"

	"sedlab/priors"
)

func TestCheckState(t *testing.T) {
	if err := priors.CheckState(priors.NewState("glo"), "glo"); err != nil {
		t.Error(err)
	}
	long := priors.NewState(strings.Repeat("long", 1000))
	for want, s := range map[string]*priors.State{
		`metadata "kind": "pca", expected "glo"`: priors.NewState("pca"),
		`metadata "kind": "longlonglong`:         long,
		`metadata "format": "", expected`:        {},
		`metadata "format": "sedlab prior 2"`:    {Metadata: map[string]string{"format": "sedlab prior 2", "kind": "glo"}},
	} {
		err := priors.CheckState(s, "glo")
		if err == nil || !strings.HasPrefix(err.Error(), want) || len(err.Error()) > 200 {
			t.Errorf("got error %v, expected %s…", err, want)
		}
	}
}
