# cmake -DASSETS=<files> -DOUTPUT=<file.cpp> -P embed_assets.cmake: each file as a raw string literal
# in the table of report/page_assets.h.
set(rows "")
foreach(asset ${ASSETS})
  get_filename_component(name ${asset} NAME)
  file(READ ${asset} content)
  if(content MATCHES "\\)page\"")
    message(FATAL_ERROR "${asset} holds the delimiter of the raw string it would be put in")
  endif()
  string(APPEND rows "    {\"${name}\", R\"page(${content})page\"},\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"report/page_assets.h\"

namespace clipcluster::report {
namespace {
constexpr PageAsset assets[] = {
${rows}};
}  // namespace

std::span<const PageAsset> page_assets() { return assets; }

}  // namespace clipcluster::report
")
