// Package kubernetes holds the manifests that package cluster writes to Kubernetes' own types. It is
// a module of its own, so that users of sedlab do not download these.
package kubernetes

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/yaml"
)

func TestManifestsAreJobs(t *testing.T) {
	files, err := filepath.Glob("../testdata/*kubernetes/*.yaml") // of a run, and of a survey
	if err != nil || len(files) < 7 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var job batch.Job
		if err := yaml.UnmarshalStrict(text, &job); err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		check(t, file, job)
	}
}

// check tests what the API server asks of a Job beyond its types, and what the work relies on.
func check(t *testing.T, file string, job batch.Job) {
	t.Helper()
	is := func(ok bool, what string) {
		t.Helper()
		if !ok {
			t.Errorf("%s: %s", file, what)
		}
	}
	is(job.APIVersion == "batch/v1" && job.Kind == "Job", "is no Job")
	is(len(validation.IsDNS1123Label(job.Name+"-999999")) == 0, "pods cannot be called "+job.Name)
	is(len(validation.IsDNS1123Label(job.Namespace)) == 0, "namespace "+job.Namespace)
	spec, pod := job.Spec, job.Spec.Template.Spec
	is(pod.RestartPolicy == core.RestartPolicyNever, "a policy on failures needs restartPolicy Never")
	indexed := spec.CompletionMode != nil && *spec.CompletionMode == batch.IndexedCompletion
	is(indexed == (spec.BackoffLimitPerIndex != nil) && indexed == (spec.Completions != nil), "indexed Jobs have completions and a limit per index")
	fail := batch.PodFailurePolicyActionFailJob
	if indexed {
		fail = batch.PodFailurePolicyActionFailIndex
		is(*spec.Parallelism >= 1 && *spec.Parallelism <= *spec.Completions, "parallelism")
	}
	is(spec.PodFailurePolicy != nil && len(spec.PodFailurePolicy.Rules) == 3, "a policy on failures")
	is(len(spec.PodFailurePolicy.Rules[0].OnPodConditions) > 0, "the first rule that fits counts: disruptions come before exit codes")
	again, survey := []int32{75}, pod.Containers[0].WorkingDir != ""
	if survey { // whose work ends with 130 when SIGTERM has ended it
		again = append(again, 130)
	}
	for _, rule := range spec.PodFailurePolicy.Rules {
		switch codes := rule.OnExitCodes; {
		case codes == nil:
			is(rule.Action == batch.PodFailurePolicyActionIgnore && rule.OnPodConditions[0].Type == core.DisruptionTarget, "disruptions are ignored")
		case slices.Contains(codes.Values, 75):
			is(rule.Action == batch.PodFailurePolicyActionIgnore && slices.Equal(codes.Values, again), "what is tried again")
		default:
			is(rule.Action == fail && slices.Equal(codes.Values, []int32{1, 3}), "1 and 3 are not tried again")
		}
	}
	c := pod.Containers[0]
	is(job.Labels["run"] != "" && job.Labels["run"] == spec.Template.Labels["run"] && len(validation.IsValidLabelValue(job.Labels["run"])) == 0, "the label of the run")
	is(!indexed || survey || c.Env[0].ValueFrom.FieldRef.FieldPath == "metadata.annotations['"+batch.JobIndexFailureCountAnnotation+"']", "pods know the failures of their index")
	s, own := pod.SecurityContext, c.SecurityContext
	is(*s.RunAsNonRoot && *s.RunAsUser == 1000 && *s.RunAsGroup == 100 && *s.FSGroup == 100, "who the pods are")
	is(*s.FSGroupChangePolicy == core.FSGroupChangeOnRootMismatch, "a volume with many files is not changed for each pod")
	is(s.SeccompProfile.Type == core.SeccompProfileTypeRuntimeDefault && !*own.AllowPrivilegeEscalation &&
		slices.Equal(own.Capabilities.Drop, []core.Capability{"ALL"}), "what the restricted standard asks for")
	is(c.Resources.Requests.Cpu().Value() == 8 && c.Resources.Limits.Memory().Value() > 1<<30, "resources")
	is(c.VolumeMounts[0].Name == pod.Volumes[0].Name && pod.Volumes[0].PersistentVolumeClaim.ClaimName == "data", "the claim is mounted")
	is(*pod.TerminationGracePeriodSeconds >= 30, "time to save the state")
}
