package glo

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sedlab/internal/yamlpos"
	"sedlab/priors"
	"sedlab/priors/priortest"
)

func small() *Config {
	return &Config{
		CodeDim: 4, Hidden: []int{20, 30}, Activation: Activation{0.2}, BatchNorm: true, Sphere: true,
		Training: Training{
			Epochs: 4, BatchSize: 8, LRGenerator: 0.01, LRCodes: 0.01, WeightDecay: 1e-5, Schedule: "cosine",
		},
	}
}

func TestContract(t *testing.T) {
	plain := small()
	plain.BatchNorm, plain.Training.Schedule = false, "constant"
	free := *plain
	free.Sphere = false
	again := small()
	again.Statistics = recomputed
	validated := small()
	validated.Training.Validation = priors.Validation{Every: 2, MissingFraction: 0.4, Signals: 9, Patience: 1}
	for name, c := range map[string]*Config{"batch norm": small(), "validated": validated, "recomputed statistics": again, "biases": plain, "free codes": &free} {
		t.Run(name, func(t *testing.T) { priortest.Run(t, Kind, c) })
	}
}

func train(t *testing.T, c *Config, data priors.Data) (*Prior, []priors.Epoch) {
	t.Helper()
	var epochs []priors.Epoch
	data.Progress = func(e priors.Epoch) { epochs = append(epochs, e) }
	prior, err := c.Train(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	return prior.(*Prior), epochs
}

// A trained generator makes its training signals from their codes, and the reported loss
// is its error in the units of the data.
func TestTrainingLearnsItsSignals(t *testing.T) {
	c := small()
	c.Training.Epochs, c.Training.LRCodes, c.Training.BatchSize = 300, 0.03, 37
	data := priortest.Data()
	for i := range data.Flux {
		data.Flux[i] *= 100
	}
	prior, epochs := train(t, c, data)
	m := prior.Model()
	x := make([]float32, len(data.Flux))
	prior.NewTape(data.Len()).Generate(x, m.Codes)
	var sq float64
	for i, v := range x {
		sq += float64(v-data.Flux[i]) * float64(v-data.Flux[i])
	}
	mse, variance := sq/float64(len(x)), m.Scale*m.Scale
	if mse > 0.05*variance {
		t.Errorf("training signals come back with mean squared error %.3g, their variance is %.3g", mse, variance)
	}
	last := epochs[len(epochs)-1]
	if last.Loss < mse/3 || last.Loss > mse*3 {
		t.Errorf("reported loss %.3g, mean squared error %.3g", last.Loss, mse)
	}
}

// With recomputed statistics, the kept generator makes its training signals about as well
// as the training did; running averages lag behind at high rates.
func TestRecomputedStatisticsKeepTheLoss(t *testing.T) {
	data := priortest.Data()
	kept := map[string]float64{}
	var last float64
	for _, statistics := range []string{"running", recomputed} {
		c := small()
		c.Statistics, c.Training.Schedule, c.Training.LRGenerator = statistics, "constant", 0.1
		c.Training.Epochs, c.Training.BatchSize = 100, 37
		prior, epochs := train(t, c, data)
		loss, ok := priors.KeptLoss(prior, data.Flux, nil)
		if !ok {
			t.Fatal("no loss")
		}
		kept[statistics], last = loss, epochs[99].Loss
		zeros := make([]float32, len(data.Flux)) // but for the first signal's
		for i := range data.Dim {
			zeros[i] = 0.5
		}
		twice := slices.Clone(zeros)
		for i := range data.Dim {
			twice[i] *= 2
		}
		one, _ := priors.KeptLoss(prior, data.Flux, zeros)
		if two, _ := priors.KeptLoss(prior, data.Flux, twice); one != two || one == loss {
			t.Errorf("with weights the loss is %g, with twice the weights %g, without %g", one, two, loss)
		}
	}
	if kept[recomputed] > 1.5*last || kept["running"] < kept[recomputed] {
		t.Errorf("last loss %.3g, kept generator %v", last, kept)
	}
	if _, ok := priors.KeptLoss(nil, data.Flux, nil); ok {
		t.Error("no prior has a loss")
	}
	if errs := (&Config{CodeDim: 2, Statistics: recomputed, Training: Training{BatchSize: 8}}).Check(9, 5); len(errs) != 1 || errs[0].Key != "batch_norm_statistics" {
		t.Errorf("without batch_norm: %v", errs)
	}
}

func TestCodesLieOnTheSphere(t *testing.T) {
	prior, _ := train(t, small(), priortest.Data())
	for code := range slices.Chunk(prior.Model().Codes, 4) {
		var sq float64
		for _, v := range code {
			sq += float64(v) * float64(v)
		}
		if math.Abs(sq-1) > 1e-6 {
			t.Fatalf("a code has ‖z‖² = %g", sq)
		}
	}
}

// Free codes start as drawn, and the prior knows their norm.
func TestFreeCodesLeaveTheSphere(t *testing.T) {
	c := small()
	if key := c.FreeCodes(); key != "" {
		t.Errorf("codes on the sphere are let free by %q", key)
	}
	if on, _ := train(t, c, priortest.Data()); on.CodeNorm() != 1 {
		t.Errorf("codes on the sphere have norm %g", on.CodeNorm())
	}
	c.Sphere, c.Training.LRCodes = false, 1e-6
	prior, _ := train(t, c, priortest.Data())
	var sq float64
	drawn := drawCodes(priortest.Data().Len(), c.CodeDim, priortest.Data().Seed)
	for i, v := range prior.Model().Codes {
		if math.Abs(float64(v-drawn[i])) > 1e-5 {
			t.Fatalf("code %d has moved from %g to %g", i/c.CodeDim, drawn[i], v)
		}
		sq += float64(v) * float64(v)
	}
	if want := math.Sqrt(sq / float64(priortest.Data().Len())); math.Abs(prior.CodeNorm()-want) > 1e-12*want {
		t.Errorf("codes have norm %g, expected %g", prior.CodeNorm(), want)
	}
	if key := c.FreeCodes(); key != "sphere" {
		t.Errorf("codes are let free by %q", key)
	}
}

func TestSeedNamesTheStreams(t *testing.T) {
	a, _ := train(t, small(), priortest.Data())
	data := priortest.Data()
	data.Seed++
	b, _ := train(t, small(), data)
	if slices.Equal(a.Model().Codes, b.Model().Codes) || slices.Equal(a.Model().Net.Layers[0].W, b.Model().Net.Layers[0].W) {
		t.Error("another seed gives the same codes or weights")
	}
	// A code depends on its signal, not on how many there are.
	if few, more := drawCodes(3, 5, 1), drawCodes(9, 5, 1); !slices.Equal(few, more[:15]) {
		t.Error("more signals change the codes of the first")
	}
}

func TestScheduleMovesBothRates(t *testing.T) {
	want := map[string][]float64{
		"constant": {1, 1, 1, 1},
		"cosine":   {1, 0.853553, 0.5, 0.146447}, // torch's CosineAnnealingLR(T_max=4)
	}
	for schedule, factors := range want {
		c := small()
		c.Training.Schedule, c.Training.LRCodes = schedule, 0.02
		_, epochs := train(t, c, priortest.Data())
		for i, f := range factors {
			if e := epochs[i]; math.Abs(e.LRGenerator-0.01*f) > 1e-8 || math.Abs(e.LRCodes-0.02*f) > 1e-8 {
				t.Errorf("%s: epoch %d has rates %g and %g, expected %g and %g", schedule, i+1, e.LRGenerator, e.LRCodes, 0.01*f, 0.02*f)
			}
		}
	}
}

func TestBatchesNeverLeaveBatchNormOneSignal(t *testing.T) {
	for _, tc := range []struct {
		signals, size int
		batchNorm     bool
		want          []int
	}{
		{10, 4, true, []int{4, 4, 2}},
		{9, 4, true, []int{4, 3, 2}},
		{9, 4, false, []int{4, 4, 1}},
		{5, 4, true, []int{3, 2}},
		{4, 3, true, []int{2, 2}},
		{6, 2, true, []int{2, 2, 2}},
		{3, 64, true, []int{3}},
	} {
		var got []int
		for left := tc.signals; left > 0; left -= got[len(got)-1] {
			got = append(got, nextBatch(left, min(tc.size, tc.signals), tc.batchNorm))
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%d signals by %d, batch norm %v: batches %v, expected %v", tc.signals, tc.size, tc.batchNorm, got, tc.want)
		}
	}
}

func TestCheck(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*Config)
		n, dim int
		key    string
	}{
		{"the paper's", func(c *Config) {}, 3600, 1000, ""},
		{"before the data are known", func(c *Config) {}, 0, 0, ""},
		{"batches of one", func(c *Config) { c.Training.BatchSize = 1 }, 0, 0, "train.batch_size"},
		{"batches of one without batch norm", func(c *Config) { c.Training.BatchSize, c.BatchNorm = 1, false }, 9, 9, ""},
		{"pairs of an odd number", func(c *Config) { c.Training.BatchSize = 2 }, 9, 9, "train.batch_size"},
		{"pairs of an even number", func(c *Config) { c.Training.BatchSize = 2 }, 8, 9, ""},
		{"one signal", func(c *Config) {}, 1, 9, "batch_norm"},
		{"no memory", func(c *Config) { c.Hidden = []int{65536, 65536} }, 0, 0, "hidden"},
		{"no memory for these signals", func(c *Config) { c.Hidden = []int{4000} }, 10, 1 << 20, "hidden"},
		{"no memory for such batches", func(c *Config) { c.Hidden, c.Training.BatchSize = []int{3000}, 65536 }, 65536, 9, "hidden"},
		{"no end of layers", func(c *Config) { c.Hidden = slices.Repeat([]int{1}, 300) }, 0, 0, "hidden"},
	} {
		c := small()
		tc.change(c)
		errs := c.Check(tc.n, tc.dim)
		switch {
		case tc.key == "" && len(errs) > 0:
			t.Errorf("%s: refused: %v", tc.name, errs)
		case tc.key != "" && (len(errs) != 1 || errs[0].Key != tc.key):
			t.Errorf("%s: got %v, expected one error on %s", tc.name, errs, tc.key)
		}
	}
}

func TestTrainSaysWhatIsWrong(t *testing.T) {
	diverge := small()
	diverge.Training.LRGenerator = 1e30
	nan := priortest.Data()
	nan.Flux[nan.Dim*3+2] = float32(math.NaN())
	refused := small()
	refused.Training.BatchSize = 1
	for want, tc := range map[string]struct {
		c    *Config
		data priors.Data
	}{
		"epoch 1 of 4: the loss is not finite; a lower train.lr_generator helps": {diverge, priortest.Data()},
		"there are no training signals":                                          {small(), priors.Data{Dim: 3}},
		"training signal 3: flux 2 is NaN":                                       {small(), nan},
		"train.batch_size: batch_norm":                                           {refused, priortest.Data()},
	} {
		if _, err := tc.c.Train(context.Background(), tc.data); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, expected %q", err, want)
		}
	}
}

func TestEqualSignalsTrain(t *testing.T) {
	data := priortest.Data()
	for i := range data.Flux {
		data.Flux[i] = float32(i % data.Dim)
	}
	prior, _ := train(t, small(), data)
	if s := prior.Model().Scale; s != 1 {
		t.Errorf("scale %g, expected 1 where nothing deviates from the mean", s)
	}
}

func TestTrainStopsInTheMiddle(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	c, data := small(), priortest.Data()
	c.Training.Epochs = 1e7
	data.Progress = func(e priors.Epoch) {
		if e.Epoch == 3 {
			cancel()
		}
	}
	if _, err := c.Train(ctx, data); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "epoch 4 of 10000000") {
		t.Errorf("got error %v", err)
	}
}

func TestDefaultsAreThePapers(t *testing.T) {
	errs := new(yamlpos.Errors)
	got := new(Config)
	decoder := yamlpos.Decoder{Errs: errs}
	decoder.Decode(yamlpos.Parse([]byte("{}"), "defaults", errs), "", got)
	if err := errs.Err(); err != nil {
		t.Fatal(err)
	}
	want := &Config{
		CodeDim: 50, Hidden: []int{512, 512, 512, 512, 512, 512, 512}, Activation: Activation{0.2}, BatchNorm: true, Statistics: "running", Sphere: true,
		Training: Training{
			Epochs: 10000, BatchSize: 64, LRGenerator: 0.1, LRCodes: 0.01, WeightDecay: 1e-5, Fluxes: "all", Schedule: "constant",
			Validation: priors.Validation{MissingFraction: 0.4, Signals: 100},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("an empty section (-want +got):\n%s", diff)
	}
}
