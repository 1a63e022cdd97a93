package cluster

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"sedlab/framework/app"
	"sedlab/framework/cache"
)

func steps(seconds ...float64) (list []app.Step) {
	for i, s := range seconds {
		list = append(list, app.Step{Keys: []cache.Key{cache.Key(fmt.Sprint(i))}, Seconds: s})
	}
	return list
}

// Every step is in one task, in order; tasks are about as long as asked for, and none is longer by
// more than a step.
func TestPack(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var many []float64
	for range 5000 {
		many = append(many, r.ExpFloat64()*20)
	}
	for _, c := range []struct {
		name    string
		seconds []float64
		most    int
		tasks   int     // expected
		longest float64 // expected at most
	}{
		{"one", []float64{5}, 100, 1, 5},
		{"short ones together", []float64{1, 1, 1, 1}, 100, 1, 4},
		{"long ones alone", []float64{3600, 3600, 3600}, 100, 3, 3600},
		{"a long one does not draw others", []float64{3000, 300, 300, 300, 300}, 100, 3, 3000},
		{"no more tasks than allowed", many, 7, 7, 1.1 * 5000 * 20 / 7},
		{"tasks of the asked length", many, 1000, 166, 800},
		{"steps of unknown cost", make([]float64, 11999), 1000, 2, 600.1},
	} {
		list := pack(steps(c.seconds...), 600, c.most)
		seen := map[cache.Key]bool{}
		longest := 0.0
		for _, task := range list {
			sum, last := 0.0, -1
			for _, s := range task.steps {
				var i int
				if _, err := fmt.Sscan(string(s.Keys[0]), &i); err != nil || seen[s.Keys[0]] || i < last {
					t.Fatalf("%s: step %s is there twice or out of order", c.name, s.Keys[0])
				}
				seen[s.Keys[0]], last, sum = true, i, sum+seconds(s)
			}
			if sum-task.seconds > 1e-6*sum || task.seconds-sum > 1e-6*sum || len(task.steps) == 0 {
				t.Errorf("%s: a task of %d steps and %g s is said to take %g s", c.name, len(task.steps), sum, task.seconds)
			}
			longest = max(longest, sum)
		}
		if len(seen) != len(c.seconds) {
			t.Errorf("%s: %d of %d steps are in a task", c.name, len(seen), len(c.seconds))
		}
		if len(list) < c.tasks || len(list) > c.tasks*11/10 || longest > c.longest {
			t.Errorf("%s: %d tasks of up to %g s, expected about %d of up to %g s", c.name, len(list), longest, c.tasks, c.longest)
		}
	}
}

// Time limits are read as sbatch reads them, and written so that it reads the same.
func TestLimit(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"": 0, "30": 30 * time.Minute, "1:30": 90 * time.Second, "2:00:00": 2 * time.Hour,
		"1-0": 24 * time.Hour, "1-12": 36 * time.Hour, "1-12:30": 36*time.Hour + 30*time.Minute, "2-00:00:10": 48*time.Hour + 10*time.Second,
	} {
		if got, ok := limit(text); !ok || got != want {
			t.Errorf("%q: got %v, %v; expected %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"0", "1h", "-1", "1:2:3:4", "1-", "1.5", "UNLIMITED", "1:5", "00:00"} {
		if got, ok := limit(text); ok {
			t.Errorf("%q: got %v; expected an error", text, got)
		}
	}
	for d, want := range map[time.Duration]string{
		10 * time.Minute: "0-00:10:00", 10*time.Minute + 1: "0-00:11:00", 25 * time.Hour: "1-01:00:00", 24*time.Hour*100 + 59*time.Minute: "100-00:59:00",
	} {
		got := clock(d)
		if got != want {
			t.Errorf("%v: got %s, expected %s", d, got, want)
		}
		if back, ok := limit(got); !ok || back < d || back > d+time.Minute {
			t.Errorf("%v is written as %s and read as %v", d, got, back)
		}
	}
}
