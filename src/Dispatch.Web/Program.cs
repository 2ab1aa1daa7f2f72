using Dispatch.Client;
using Dispatch.Web;
using Dispatch.Web.Forms;
using Dispatch.Web.Sessions;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Components.WebAssembly.Hosting;
using MudBlazor.Services;

var builder = WebAssemblyHostBuilder.CreateDefault(args);
builder.RootComponents.Add<App>("#app");
builder.RootComponents.Add<HeadOutlet>("head::after");
builder.Services.AddMudServices();
builder.Services.AddSingleton(new HttpClient { BaseAddress = new Uri(builder.HostEnvironment.BaseAddress) });
builder.Services.AddSingleton<DispatchApi>();
builder.Services.AddSingleton<Session>();
builder.Services.AddSingleton<FormWidgets>();
builder.Services.AddSingleton(TimeProvider.System);
await builder.Build().RunAsync();
