Console.WriteLine("ottla");
