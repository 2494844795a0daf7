package suites

// goPackages leaves node_modules out, where npm packages have Go code of their own.
var goPackages = []string{"./bench/...", "./cmd/...", "./collector-extension/...", "./dev/...", "./pkg/..."}

// All returns the suites of the project, those first that say most in least time.
func All() []Suite {
	return append([]Suite{TypeCheck(), ESLint(), Frontend(), AllGo(), GolangCI()}, Browser()...)
}

// AllGo returns the Go tests of the project.
func AllGo() Suite { return Go(goPackages...) }
