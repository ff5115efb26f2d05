"""What is drawn: poses, pictures, students and the engines that draw them."""
