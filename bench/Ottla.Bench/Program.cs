using BenchmarkDotNet.Running;

// dotnet run -c Release --project bench/Ottla.Bench -- --filter '*Crc32C*' --job short --inProcess
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
