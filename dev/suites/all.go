package suites

// All are the suites of the project, those first that say most in least time.
func All() []Suite {
	return []Suite{TypeCheck(), ESLint(), Frontend(), Go("./..."), GolangCI(), Browser()}
}
