"""What single libraries need to show their pictures: one file for each. None of them is imported before user code does it."""
