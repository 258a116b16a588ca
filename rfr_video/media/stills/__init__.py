"""Still pictures: files in and out. What is no sample of the picture stays as the file has it."""
