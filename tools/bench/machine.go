package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"
)

// features are those of a processor that JSON decoders make use of.
var features = []string{"sse4_2", "avx2", "bmi1", "bmi2", "pclmulqdq", "avx512f", "avx512bw", "avx512vl", "avx512_vbmi", "avx512_vbmi2", "gfni", "asimd", "sve"}

// machine describes what the figures were measured on, as far as Linux tells.
func machine() string {
	model, has := "unknown", []string{}
	text, _ := os.ReadFile("/proc/cpuinfo") // elsewhere: unknown
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch strings.TrimSpace(key) {
		case "model name":
			model = value
		case "flags", "Features":
			if len(has) == 0 {
				for f := range strings.FieldsSeq(value) {
					if slices.Contains(features, f) {
						has = append(has, f)
					}
				}
			}
		}
	}
	level := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "GOAMD64" || s.Key == "GOARM64" {
				level = " " + s.Key + "=" + s.Value
			}
		}
	}
	return fmt.Sprintf("%s, %d cores (%s)\n%s %s/%s%s, load average %s",
		model, runtime.NumCPU(), strings.Join(has, " "),
		runtime.Version(), runtime.GOOS, runtime.GOARCH, level, load())
}

func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(text))[:3], " ")
}

// cpu is the CPU time that this process has used, the garbage collector's included.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // no argument of ours can be wrong
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
