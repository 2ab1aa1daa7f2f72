global using Dispatch.LoadTests.Hosting;
global using Dispatch.LoadTests.Subjects;
