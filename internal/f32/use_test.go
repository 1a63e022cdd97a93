package f32

import "testing"

func TestUse(t *testing.T) {
	before := Kernel()
	defer func() {
		if err := Use(before); err != nil {
			t.Error(err)
		}
	}()
	for _, k := range implementations() {
		if err := Use(k.name); err != nil || Kernel() != k.name {
			t.Errorf("use %s: %v, now %s", k.name, err, Kernel())
		}
	}
	now := Kernel()
	if err := Use("abacus"); err == nil || Kernel() != now {
		t.Errorf("use abacus: %v, now %s", err, Kernel())
	}
	if _, err := choose(Common(), implementations()); err != nil {
		t.Logf("this machine lacks even %v", err)
	}
}
