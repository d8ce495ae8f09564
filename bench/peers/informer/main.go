// An informer of the official Go client with a transform that keeps what a table of pods shows: started with a kubeconfig, it
// prints the milliseconds from its start until it holds every pod, and then holds them until its input ends.
package main

import (
	"fmt"
	"io"
	"os"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

func strip(object any) (any, error) {
	pod, isPod := object.(*v1.Pod)
	if !isPod {
		return object, nil
	}
	return &v1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name:            pod.Name,
			Namespace:       pod.Namespace,
			UID:             pod.UID,
			ResourceVersion: pod.ResourceVersion,
			Labels:          pod.Labels,
			OwnerReferences: pod.OwnerReferences,
		},
		Spec:   v1.PodSpec{NodeName: pod.Spec.NodeName},
		Status: v1.PodStatus{Phase: pod.Status.Phase, ContainerStatuses: pod.Status.ContainerStatuses},
	}, nil
}

func main() {
	startedAt := time.Now()
	config, err := clientcmd.BuildConfigFromFlags("", os.Args[1])
	if err != nil {
		panic(err)
	}
	factory := informers.NewSharedInformerFactoryWithOptions(
		kubernetes.NewForConfigOrDie(config), 0, informers.WithTransform(strip),
	)
	pods := factory.Core().V1().Pods().Informer()
	stop := make(chan struct{})
	factory.Start(stop)
	if !cache.WaitForCacheSync(stop, pods.HasSynced) {
		panic("the pods were not synced")
	}
	fmt.Printf("%d %d\n", time.Since(startedAt).Milliseconds(), len(pods.GetStore().ListKeys()))
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		panic(err)
	}
	close(stop)
}
