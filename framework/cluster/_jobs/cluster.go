// Package jobs runs the manifests that package cluster writes by Kubernetes' own Job controller,
// with its own defaults and validation, over client-go's fake API. A small kubelet runs the pods as
// processes here. There is no API server, scheduler or container. It is a module of its own, which
// takes minutes to build, and is not part of CI:
//
//	go build -o /tmp/sedlab . && cd framework/cluster/_jobs && SEDLAB=/tmp/sedlab go test -v .
//
// SEDLAB_IN_POD may name another program for the pods, such as a script that calls it in a container.
package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/testing"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/apis/batch"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	"k8s.io/kubernetes/pkg/apis/batch/validation"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	"k8s.io/kubernetes/pkg/controller/job"
	"k8s.io/kubernetes/pkg/fieldpath"
	"k8s.io/kubernetes/third_party/forked/golang/expansion"
	"sigs.k8s.io/yaml"
)

var (
	podsResource = corev1.SchemeGroupVersion.WithResource("pods")
	jobsResource = batchv1.SchemeGroupVersion.WithResource("jobs")
)

// cluster is a Job controller and a kubelet.
type cluster struct {
	client  *fake.Clientset
	slots   int // pods that run at once
	version int
	mu      sync.Mutex
	began   map[types.UID]*exec.Cmd
	late    map[types.UID]bool // sent SIGTERM
}

// start starts a cluster that ends with ctx.
func start(ctx context.Context, slots int) (*cluster, error) {
	c := &cluster{client: fake.NewSimpleClientset(), slots: slots, began: map[types.UID]*exec.Cmd{}, late: map[types.UID]bool{}}
	c.client.PrependReactor("create", "pods", c.createPod)
	c.client.PrependReactor("patch", "pods", c.patchPod)
	c.client.PrependReactor("delete", "pods", c.deletePod)
	c.client.PrependReactor("update", "jobs", c.updateJob)
	f := informers.NewSharedInformerFactory(c.client, 0)
	controller, err := job.NewController(ctx, f.Core().V1().Pods(), f.Batch().V1().Jobs(), c.client)
	if err != nil {
		return nil, err
	}
	f.Start(ctx.Done())
	f.WaitForCacheSync(ctx.Done())
	go controller.Run(ctx, 2)
	go c.kubelet(ctx)
	return c, nil
}

// createPod names a pod, as the API server does.
func (c *cluster) createPod(action testing.Action) (bool, runtime.Object, error) {
	pod := action.(testing.CreateAction).GetObject().(*corev1.Pod)
	pod.Name = fmt.Sprintf("%s%05x", pod.GenerateName, rand.IntN(1<<20))
	pod.UID, pod.CreationTimestamp, pod.Namespace = uuid.NewUUID(), metav1.Now(), action.GetNamespace()
	pod.Status.Phase = corev1.PodPending
	return true, pod, c.client.Tracker().Create(podsResource, pod, pod.Namespace)
}

// deletePod marks a pod. The kubelet removes it when it has ended, and the controller has counted it.
func (c *cluster) deletePod(action testing.Action) (bool, runtime.Object, error) {
	name := action.(testing.DeleteAction).GetName()
	object, err := c.client.Tracker().Get(podsResource, action.GetNamespace(), name)
	if err != nil {
		return true, nil, err
	}
	pod := object.(*corev1.Pod)
	if pod.DeletionTimestamp == nil {
		pod.DeletionTimestamp = &metav1.Time{Time: time.Now().Add(time.Minute)}
		err = c.update(pod)
	}
	return true, nil, err
}

// patchPod changes a pod as the API does, with a new version: the controller minds no change
// without one.
func (c *cluster) patchPod(action testing.Action) (bool, runtime.Object, error) {
	patch := action.(testing.PatchAction)
	object, err := c.client.Tracker().Get(podsResource, patch.GetNamespace(), patch.GetName())
	if err != nil {
		return true, nil, err
	}
	old, err := json.Marshal(object)
	if err == nil {
		old, err = strategicpatch.StrategicMergePatch(old, patch.GetPatch(), corev1.Pod{})
	}
	var pod corev1.Pod
	if err == nil {
		err = json.Unmarshal(old, &pod)
	}
	if err == nil {
		err = c.update(&pod)
	}
	return true, &pod, err
}

func (c *cluster) update(pod *corev1.Pod) error {
	c.version++ // reactors are called one at a time
	pod.ResourceVersion = fmt.Sprint(c.version)
	return c.client.Tracker().Update(podsResource, pod, pod.Namespace)
}

// updateJob changes only the status where only that is to be changed.
func (c *cluster) updateJob(action testing.Action) (bool, runtime.Object, error) {
	if action.GetSubresource() != "status" {
		return false, nil, nil
	}
	next := action.(testing.UpdateAction).GetObject().(*batchv1.Job)
	object, err := c.client.Tracker().Get(jobsResource, next.Namespace, next.Name)
	if err != nil {
		return true, nil, err
	}
	now := object.(*batchv1.Job)
	now.Status = next.Status
	return true, now, c.client.Tracker().Update(jobsResource, now, now.Namespace)
}

// apply creates the Job of a manifest, with the defaults and checks of the API server.
func (c *cluster) apply(ctx context.Context, file string) (*batchv1.Job, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var j batchv1.Job
	if err := yaml.UnmarshalStrict(text, &j); err != nil {
		return nil, err
	}
	j.UID, j.CreationTimestamp = uuid.NewUUID(), metav1.Now()
	labels := map[string]string{batchv1.ControllerUidLabel: string(j.UID), batchv1.JobNameLabel: j.Name, "controller-uid": string(j.UID), "job-name": j.Name}
	for key, value := range labels {
		j.Spec.Template.Labels[key] = value
	}
	j.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{batchv1.ControllerUidLabel: string(j.UID)}}
	legacyscheme.Scheme.Default(&j)
	var internal batch.Job
	if err := legacyscheme.Scheme.Convert(&j, &internal, nil); err != nil {
		return nil, err
	}
	if errs := validation.ValidateJob(&internal, validation.JobValidationOptions{RequirePrefixedLabels: true}); len(errs) > 0 {
		return nil, errs.ToAggregate()
	}
	return c.client.BatchV1().Jobs(j.Namespace).Create(ctx, &j, metav1.CreateOptions{})
}

// kubelet starts the processes of pods, ends those of deleted ones, and reports what became of them.
func (c *cluster) kubelet(ctx context.Context) {
	for ctx.Err() == nil {
		list, err := c.client.CoreV1().Pods("").List(ctx, metav1.ListOptions{})
		if err != nil {
			panic(err)
		}
		for i := range list.Items {
			c.look(ctx, &list.Items[i])
		}
		time.Sleep(50 * time.Millisecond)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.began {
		_ = p.Process.Kill() // it may have ended
	}
}

func (c *cluster) look(ctx context.Context, pod *corev1.Pod) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, running := c.began[pod.UID]
	pending := pod.Status.Phase == corev1.PodPending
	switch {
	case pod.DeletionTimestamp != nil && pending: // as the collector of garbage does
		c.report(ctx, pod, corev1.PodFailed, corev1.ContainerState{})
	case pod.DeletionTimestamp != nil && !running && len(pod.Finalizers) == 0:
		_ = c.client.Tracker().Delete(podsResource, pod.Namespace, pod.Name) // it may be gone
	case pod.DeletionTimestamp != nil && running && !c.late[pod.UID]:
		c.late[pod.UID] = true
		_ = p.Process.Signal(syscall.SIGTERM)
	case pending && len(c.began) < c.slots:
		c.begin(ctx, pod)
	}
}

// begin starts the process of a pod.
func (c *cluster) begin(ctx context.Context, pod *corev1.Pod) {
	container := pod.Spec.Containers[0]
	env := map[string]string{"HOSTNAME": pod.Spec.Hostname}
	for _, e := range container.Env {
		if env[e.Name] = e.Value; e.ValueFrom != nil {
			value, err := fieldpath.ExtractFieldPathAsString(pod, e.ValueFrom.FieldRef.FieldPath)
			if err != nil {
				panic(err)
			}
			env[e.Name] = value
		}
	}
	p := exec.Command(container.Image)
	for _, arg := range container.Args {
		p.Args = append(p.Args, expansion.Expand(arg, expansion.MappingFuncFor(env)))
	}
	for key, value := range env {
		p.Env = append(p.Env, key+"="+value)
	}
	p.Stderr, p.Dir = os.Stderr, container.WorkingDir
	now := metav1.Now()
	if err := p.Start(); err != nil {
		panic(err)
	}
	c.began[pod.UID] = p
	c.report(ctx, pod, corev1.PodRunning, corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: now}})
	go func() {
		_ = p.Wait() // the exit code says it
		status := p.ProcessState.Sys().(syscall.WaitStatus)
		code, phase := status.ExitStatus(), corev1.PodFailed
		if status.Signaled() {
			code = 128 + int(status.Signal())
		}
		if code == 0 {
			phase = corev1.PodSucceeded
		}
		klog.FromContext(ctx).Info("pod ended", "name", pod.Name, "code", code, "took", time.Since(now.Time))
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.began, pod.UID)
		c.report(ctx, pod, phase, corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: int32(code), StartedAt: now, FinishedAt: metav1.Now()}})
	}()
}

// report writes the status of a pod.
func (c *cluster) report(ctx context.Context, pod *corev1.Pod, phase corev1.PodPhase, state corev1.ContainerState) {
	patch, err := json.Marshal(map[string]any{"status": corev1.PodStatus{Phase: phase, ContainerStatuses: []corev1.ContainerStatus{{Name: pod.Spec.Containers[0].Name, State: state}}}})
	if err == nil {
		_, err = c.client.CoreV1().Pods(pod.Namespace).Patch(ctx, pod.Name, types.StrategicMergePatchType, patch, metav1.PatchOptions{}, "status")
	}
	if err != nil && ctx.Err() == nil {
		panic(err)
	}
}
