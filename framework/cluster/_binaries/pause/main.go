// Command pause holds the namespaces of a pod.
package main

import "time"

func main() { time.Sleep(1<<63 - 1) }
